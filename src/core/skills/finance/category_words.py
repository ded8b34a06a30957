"""The words of categories, per language: their names, what else they are called, and what speaks of them."""

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, str]] = {
    "pt": {
        "food": "comida",
        "groceries": "mercado",
        "transport": "transporte",
        "home": "casa",
        "utilities": "contas",
        "health": "saúde",
        "leisure": "lazer",
        "clothes": "roupas",
        "education": "educação",
        "pets": "pets",
        "gifts": "presentes",
        "taxes": "impostos",
        "other": "outros",
    },
    "en": {
        "food": "food",
        "groceries": "groceries",
        "transport": "transport",
        "home": "home",
        "utilities": "utilities",
        "health": "health",
        "leisure": "leisure",
        "clothes": "clothes",
        "education": "education",
        "pets": "pets",
        "gifts": "gifts",
        "taxes": "taxes",
        "other": "other",
    },
    "es": {
        "food": "comida",
        "groceries": "supermercado",
        "transport": "transporte",
        "home": "hogar",
        "utilities": "servicios",
        "health": "salud",
        "leisure": "ocio",
        "clothes": "ropa",
        "education": "educación",
        "pets": "mascotas",
        "gifts": "regalos",
        "taxes": "impuestos",
        "other": "otros",
    },
}

ALSO_CALLED: Mapping[str, str] = {
    "food": "alimentação, alimentación, comer, comer fora, comer fuera, eating, eating out, meals, refeições, comidas",
    "groceries": "supermercado, mercado, grocery, compras do mês, compras de mercado, compra del super, super, feira",
    "transport": "transportes, transportation, locomoção, deslocamento, movilidad, commuting",
    "home": "moradia, casa, hogar, house, housing, vivienda",
    "utilities": "contas, contas da casa, contas de casa, bills, serviços, servicios, recibos, cuentas",
    "health": "médicos, medical, healthcare",
    "leisure": "diversão, entretenimento, entertainment, fun, diversión, entretenimiento",
    "clothes": "roupa, clothing, vestuário, ropas, vestimenta",
    "education": "estudo, estudos, estudios, studies",
    "pets": "pet, animais, animais de estimação, mascota, animales",
    "gifts": "gift, presente, regalo",
    "taxes": "tax, imposto, tributos, impuesto, taxas, tasas",
    "other": "outra, outras, outra coisa, otra, otras, otra cosa, others, misc, miscellaneous, varios, diversos",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "pt": {
        "food": "almoço, almoçar, jantar, janta, café, cafezinho, café da manhã, lanche, lanchonete, pizza, "
        "pizzaria, restaurante, hambúrguer, hamburgueria, sorvete, açaí, padaria, pão, pães, salgado, salgadinho, "
        "pastel, coxinha, marmita, marmitex, quentinha, ifood, rappi, sushi, japonês, churrascaria, rodízio, doce, "
        "doces, chocolate, sobremesa, bolo, suco, refrigerante, tapioca, esfiha, delivery, mcdonalds, comida, "
        "petisco, açaiteria, picolé",
        "groceries": "mercado, supermercado, mercadinho, mercearia, feira, hortifruti, sacolão, quitanda, açougue, "
        "carne, atacadão, atacado, carrefour, assaí, pão de açúcar, compras, compras do mês, fruta, verdura, legume, "
        "arroz, feijão, leite, ovo, ovos, queijo, frango, peixaria",
        "transport": "uber, 99, táxi, cabify, ônibus, metrô, trem, gasolina, combustível, posto, etanol, diesel, "
        "abastecer, estacionamento, pedágio, passagem, bilhete único, carro, moto, oficina, mecânico, pneu, lava "
        "jato, bicicleta, bike, patinete, corrida, voo, avião, barca, balsa, van, frete, seguro do carro",
        "home": "aluguel, condomínio, móvel, móveis, sofá, cama, colchão, cadeira, faxina, faxineira, diarista, "
        "material de limpeza, produto de limpeza, limpeza, reforma, pintura, tinta, panela, geladeira, fogão, "
        "eletrodoméstico, obra, encanador, eletricista, decoração, jardineiro, prestação da casa, chaveiro",
        "utilities": "luz, água, energia, conta de luz, conta de água, internet, wifi, telefone, celular, gás, conta "
        "de gás, botijão, tv a cabo, plano de celular, recarga, enel, sabesp, vivo, conta",
        "health": "farmácia, drogaria, remédio, médico, médica, consulta, dentista, exame, hospital, plano de saúde, "
        "convênio, academia, psicólogo, psicóloga, terapia, vacina, óculos, fisioterapia, vitamina, oftalmologista",
        "leisure": "cinema, netflix, spotify, show, festa, viagem, hotel, bar, boteco, cerveja, chopp, balada, jogo, "
        "teatro, museu, parque, ingresso, streaming, amazon prime, disney, passeio, praia, futebol, vinho, pousada, "
        "airbnb, videogame, clube, boate",
        "clothes": "roupa, camisa, camiseta, calça, tênis, sapato, vestido, blusa, saia, jaqueta, casaco, meia, "
        "cueca, calcinha, sutiã, sandália, chinelo, bermuda, boné, bolsa, bota, renner, zara, shein, terno",
        "education": "escola, faculdade, curso, livro, material escolar, apostila, aula, professor, professora, "
        "inglês, matrícula, caderno, creche, universidade, mensalidade da escola, mensalidade da faculdade, pós, "
        "colégio",
        "pets": "ração, veterinário, veterinária, petshop, pet shop, cachorro, gato, banho e tosa, coleira, areia de "
        "gato, areia do gato, remédio do cachorro, remédio do gato",
        "gifts": "presente, presentinho, lembrancinha, doação, flores, flor, buquê, vaquinha, dízimo",
        "taxes": "imposto, imposto de renda, ipva, iptu, multa, taxa, tarifa, darf, inss, irpf, iof, cartório, mei",
    },
    "en": {
        "food": "lunch, dinner, breakfast, brunch, coffee, snack, pizza, restaurant, burger, takeaway, takeout, "
        "doordash, uber eats, sandwich, ice cream, bakery, starbucks, mcdonalds, sushi, taco, meal, food, dessert, "
        "donut, cafe, tea, cake, chips, juice",
        "groceries": "groceries, grocery, grocery store, supermarket, market, walmart, costco, aldi, lidl, tesco, "
        "kroger, whole foods, fruit, vegetable, veggies, meat, milk, egg, bread, rice, cheese, chicken, butcher",
        "transport": "uber, lyft, taxi, cab, bus, train, subway, metro, tube, gas, gas station, fuel, petrol, "
        "gasoline, diesel, parking, toll, bus ticket, train ticket, bus pass, car, car wash, mechanic, tire, tyre, "
        "flight, plane, bike, scooter, car insurance, ferry",
        "home": "rent, mortgage, furniture, sofa, couch, bed, mattress, cleaning, cleaner, plumber, electrician, "
        "ikea, repair, paint, hardware store, appliance, fridge, stove, gardener, curtains, locksmith",
        "utilities": "electricity, electric, electric bill, electricity bill, power, power bill, light bill, water "
        "bill, water, internet, wifi, phone, phone bill, cell phone, gas bill, heating, utilities, utility, bill, "
        "cable",
        "health": "pharmacy, drugstore, medicine, meds, doctor, dentist, hospital, clinic, therapy, therapist, gym, "
        "glasses, vitamin, prescription, health insurance, checkup, vaccine, optician",
        "leisure": "movie, cinema, netflix, spotify, concert, party, trip, travel, hotel, bar, beer, wine, pub, "
        "game, theater, theatre, museum, airbnb, vacation, holiday, streaming, ticket, drinks, club, disney",
        "clothes": "clothes, clothing, shirt, t-shirt, tshirt, pants, jeans, shoe, shoes, sneakers, dress, jacket, "
        "coat, sock, hat, bag, sweater, skirt, boots, suit, hoodie",
        "education": "school, tuition, course, class, book, textbook, college, university, lesson, notebook, "
        "training, daycare, kindergarten, school supplies, tutor",
        "pets": "dog, cat, vet, pet, pet food, dog food, cat food, kibble, cat litter, litter, groomer, pet shop",
        "gifts": "gift, present, flowers, flower, donation, charity, birthday present, birthday gift",
        "taxes": "tax, taxes, income tax, property tax, fine, parking fine, fee, irs, vat, speeding ticket, parking "
        "ticket",
    },
    "es": {
        "food": "almuerzo, comida, cena, cenar, almorzar, desayuno, café, cafecito, merienda, pizza, pizzería, "
        "restaurante, hamburguesa, helado, heladería, panadería, tacos, taco, empanada, sushi, rappi, pedidos ya, "
        "glovo, postre, pastel, torta, jugo, zumo, refresco, gaseosa, antojito, bocadillo, tapas, menú del día, "
        "chocolate, galletas, arepa",
        "groceries": "supermercado, súper, mercado, despensa, compra, compras, frutería, carnicería, carne, "
        "verdulería, verdura, fruta, arroz, frijol, leche, huevo, pan, queso, pollo, mercadona, carrefour, oxxo, "
        "abarrotes, pescadería, tienda de abarrotes, éxito",
        "transport": "uber, cabify, didi, taxi, bus, autobús, colectivo, camión, metro, subte, tren, gasolina, "
        "nafta, combustible, gasolinera, bencina, diésel, estacionamiento, aparcamiento, parking, peaje, pasaje, "
        "billete de tren, boleto de bus, carro, coche, auto, moto, taller, mecánico, llanta, neumático, bici, vuelo, "
        "avión, seguro del coche",
        "home": "alquiler, renta, arriendo, hipoteca, mueble, sofá, cama, colchón, silla, limpieza, empleada, "
        "plomero, fontanero, electricista, reforma, pintura, olla, nevera, refrigerador, heladera, estufa, "
        "electrodoméstico, expensas, administración, jardinero, cerrajero",
        "utilities": "luz, agua, electricidad, recibo de luz, recibo del agua, internet, wifi, teléfono, celular, "
        "móvil, gas, garrafa, cable, recarga, factura de la luz, factura del gas, plan del celular, servicios",
        "health": "farmacia, medicina, medicamento, remedio, médico, médica, doctor, doctora, consulta, dentista, "
        "examen, análisis, hospital, seguro médico, gimnasio, psicólogo, psicóloga, terapia, vacuna, lentes, gafas, "
        "anteojos, vitamina, obra social",
        "leisure": "cine, netflix, spotify, concierto, recital, fiesta, viaje, hotel, bar, cerveza, cervezas, vino, "
        "discoteca, juego, teatro, museo, parque, entrada, entradas, streaming, disney, paseo, playa, fútbol, "
        "airbnb, videojuego, copas, boliche",
        "clothes": "ropa, camisa, camiseta, playera, remera, pantalón, pantalones, jeans, zapato, zapatilla, tenis, "
        "vestido, blusa, falda, pollera, chaqueta, campera, abrigo, calcetín, calcetines, medias, gorra, bolso, "
        "cartera, bota, zara, traje",
        "education": "escuela, colegio, facultad, curso, libro, útiles, útiles escolares, clase, profesor, "
        "profesora, inglés, matrícula, cuaderno, guardería, universidad, colegiatura",
        "pets": "veterinario, veterinaria, perro, gato, mascota, comida del perro, comida del gato, comida para "
        "perro, comida para gato, croquetas, pienso, arena del gato, peluquería canina",
        "gifts": "regalo, regalito, donación, flores, flor, ramo, detalle, limosna",
        "taxes": "impuesto, impuesto de renta, multa, tasa, predial, tenencia, iva, irpf, ibi, notaría, monotributo, "
        "aduana",
    },
}
