"""The SAT's catalogues of CFDI 4.0 that the API's fields take their values from: code to Spanish description.

They are the SAT's own (Anexo 20, catCFDI). Where the SAT adds a code, this file lags behind: the client
tells what it does not know, and `check_inputs=False` lets it pass.
"""

from collections.abc import Mapping

TAX_REGIMES: Mapping[str, str] = {
    "601": "General de Ley Personas Morales",
    "603": "Personas Morales con Fines no Lucrativos",
    "605": "Sueldos y Salarios e Ingresos Asimilados a Salarios",
    "606": "Arrendamiento",
    "607": "Régimen de Enajenación o Adquisición de Bienes",
    "608": "Demás ingresos",
    "610": "Residentes en el Extranjero sin Establecimiento Permanente en México",
    "611": "Ingresos por Dividendos (socios y accionistas)",
    "612": "Personas Físicas con Actividades Empresariales y Profesionales",
    "614": "Ingresos por intereses",
    "615": "Régimen de los ingresos por obtención de premios",
    "616": "Sin obligaciones fiscales",
    "620": "Sociedades Cooperativas de Producción que optan por diferir sus ingresos",
    "621": "Incorporación Fiscal",
    "622": "Actividades Agrícolas, Ganaderas, Silvícolas y Pesqueras",
    "623": "Opcional para Grupos de Sociedades",
    "624": "Coordinados",
    "625": "Régimen de las Actividades Empresariales con ingresos a través de Plataformas Tecnológicas",
    "626": "Régimen Simplificado de Confianza",
}
"""c_RegimenFiscal, the `tax_system` of a client or team."""
PAYMENT_FORMS: Mapping[str, str] = {
    "01": "Efectivo",
    "02": "Cheque nominativo",
    "03": "Transferencia electrónica de fondos",
    "04": "Tarjeta de crédito",
    "05": "Monedero electrónico",
    "06": "Dinero electrónico",
    "08": "Vales de despensa",
    "12": "Dación en pago",
    "13": "Pago por subrogación",
    "14": "Pago por consignación",
    "15": "Condonación",
    "17": "Compensación",
    "23": "Novación",
    "24": "Confusión",
    "25": "Remisión de deuda",
    "26": "Prescripción o caducidad",
    "27": "A satisfacción del acreedor",
    "28": "Tarjeta de débito",
    "29": "Tarjeta de servicios",
    "30": "Aplicación de anticipos",
    "31": "Intermediario pagos",
    "99": "Por definir",
}
"""c_FormaPago, `payment_form`."""
CFDI_USES: Mapping[str, str] = {
    "G01": "Adquisición de mercancías",
    "G02": "Devoluciones, descuentos o bonificaciones",
    "G03": "Gastos en general",
    "I01": "Construcciones",
    "I02": "Mobiliario y equipo de oficina por inversiones",
    "I03": "Equipo de transporte",
    "I04": "Equipo de cómputo y accesorios",
    "I05": "Dados, troqueles, moldes, matrices y herramental",
    "I06": "Comunicaciones telefónicas",
    "I07": "Comunicaciones satelitales",
    "I08": "Otra maquinaria y equipo",
    "D01": "Honorarios médicos, dentales y gastos hospitalarios",
    "D02": "Gastos médicos por incapacidad o discapacidad",
    "D03": "Gastos funerales",
    "D04": "Donativos",
    "D05": "Intereses reales efectivamente pagados por créditos hipotecarios (casa habitación)",
    "D06": "Aportaciones voluntarias al SAR",
    "D07": "Primas por seguros de gastos médicos",
    "D08": "Gastos de transportación escolar obligatoria",
    "D09": "Depósitos en cuentas para el ahorro, primas que tengan como base planes de pensiones",
    "D10": "Pagos por servicios educativos (colegiaturas)",
    "S01": "Sin efectos fiscales",
    "CP01": "Pagos",
    "CN01": "Nómina",
}
"""c_UsoCFDI, `use`."""
PAYMENT_METHODS: Mapping[str, str] = {
    "PUE": "Pago en una sola exhibición",
    "PPD": "Pago en parcialidades o diferido",
}
"""c_MetodoPago, `payment_method`."""
MONTHS: Mapping[str, str] = {
    "01": "Enero",
    "02": "Febrero",
    "03": "Marzo",
    "04": "Abril",
    "05": "Mayo",
    "06": "Junio",
    "07": "Julio",
    "08": "Agosto",
    "09": "Septiembre",
    "10": "Octubre",
    "11": "Noviembre",
    "12": "Diciembre",
    "13": "Enero-Febrero",
    "14": "Marzo-Abril",
    "15": "Mayo-Junio",
    "16": "Julio-Agosto",
    "17": "Septiembre-Octubre",
    "18": "Noviembre-Diciembre",
}
"""c_Meses, `global.months`; from 13 on two months each."""
INVOICE_RELATIONSHIPS: Mapping[str, str] = {
    "01": "Nota de crédito de los documentos relacionados",
    "02": "Nota de débito de los documentos relacionados",
    "03": "Devolución de mercancía sobre facturas o traslados previos",
    "04": "Sustitución de los CFDI previos",
    "05": "Traslados de mercancías facturados previamente",
    "06": "Factura generada por los traslados previos",
    "07": "CFDI por aplicación de anticipo",
}
"""c_TipoRelacion, `related_documents[].relationship`."""
PERIODICITIES: Mapping[str, str] = {
    "01": "Diario",
    "02": "Semanal",
    "03": "Quincenal",
    "04": "Mensual",
    "05": "Bimestral",
}
"""c_Periodicidad, `global.periodicity` of a global invoice."""
TAX_OBJECTS: Mapping[str, str] = {
    "01": "No objeto de impuesto",
    "02": "Sí objeto de impuesto",
    "03": "Sí objeto del impuesto y no obligado al desglose",
    "04": "Sí objeto del impuesto y no causa impuesto",
    "05": "Sí objeto del impuesto, IVA crédito PODEBI",
    "06": "Sí objeto del IVA, no traslado IVA",
    "07": "No traslado del IVA, sí desglose IEPS",
    "08": "No traslado del IVA, no desglose IEPS",
}
"""c_ObjetoImp, `taxability`; the SAT has since added 05 to 08 for special cases."""
INVOICE_TYPES: Mapping[str, str] = {
    "I": "Ingreso",
    "E": "Egreso",
    "T": "Traslado",
    "N": "Nómina",
    "P": "Pago",
}
"""c_TipoDeComprobante, `invoice_type`."""
EXPORTS: Mapping[str, str] = {
    "01": "No aplica",
    "02": "Definitiva con clave A1",
    "03": "Temporal",
    "04": "Definitiva con clave distinta a A1 o sin enajenación",
}
"""c_Exportacion, `exports`."""
CANCELLATION_MOTIVES: Mapping[str, str] = {
    "01": "Comprobante emitido con errores con relación",
    "02": "Comprobante emitido con errores sin relación",
    "03": "No se llevó a cabo la operación",
    "04": "Operación nominativa relacionada en una factura global",
}
"""Why a CFDI is cancelled, `motive`; 01 names the CFDI that takes its place."""
TAXES: Mapping[str, str] = {
    "001": "ISR",
    "002": "IVA",
    "003": "IEPS",
}
"""c_Impuesto, by the SAT's code; the API's `taxes[].type` is the name."""
RETENTION_PAYMENT_TYPES: Mapping[str, str] = {
    "01": "Pago definitivo IVA",
    "02": "Pago definitivo IEPS",
    "03": "Pago definitivo ISR",
    "04": "Pago provisional ISR",
}
"""The `payment_type` of a tax in a retention."""
RETENTION_KEYS: Mapping[str, str] = {
    "01": "Servicios profesionales",
    "02": "Regalías por derechos de autor",
    "03": "Autotransporte terrestre de carga",
    "04": "Comisionistas",
    "05": "Arrendamiento",
    "06": "Enajenación de acciones",
    "07": "Enajenación de bienes objeto de la LIEPS",
    "08": "Enajenación de inmuebles en escritura pública",
    "09": "Enajenación de otros bienes",
    "10": "Adquisición de desperdicios industriales",
    "11": "Adquisición de bienes en escritura pública",
    "12": "Adquisición de otros bienes",
    "13": "Otros retiros de AFORE",
    "14": "Dividendos o utilidades distribuidas",
    "15": "Remanente distribuible",
    "16": "Intereses",
    "17": "Arrendamiento en fideicomiso",
    "18": "Pagos a residentes en el extranjero",
    "19": "Enajenación de acciones u operaciones en bolsa",
    "20": "Obtención de premios",
    "21": "Fideicomisos sin actividad empresarial",
    "22": "Planes personales de retiro",
    "23": "Intereses reales deducibles por créditos hipotecarios",
    "24": "Operaciones financieras derivadas de capital",
    "25": "Otro tipo de retenciones",
    "26": "Servicios mediante plataformas tecnológicas",
}
"""c_CveRetenc, `retention_key`."""
