"""The SAT's errors for CFDI 4.0 that come up most, as the API lists them."""

from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.schemas.invoices import CfdiError, ErrorsQuery
from gigstack_events.sandbox.tables import Row

# Code; who has to act; what the SAT says; why; what helps. https://www.sat.gob.mx, matriz de errores 4.0
_ERRORS = (
    ("CFDI40101", "invoice", "La fecha no cumple con el patrón requerido",
     "La fecha lleva zona horaria o le faltan partes", "Escriba AAAA-MM-DDThh:mm:ss en hora local"),
    ("CFDI40102", "sender", "El resultado de la digestión no es igual al de la desencripción del sello",
     "El XML cambió después de sellarse o el CSD no es el del emisor", "Selle de nuevo con el CSD vigente"),
    ("CFDI40103", "invoice", "La forma de pago no debe existir en este tipo de comprobante",
     "Los comprobantes T, N y P no llevan forma de pago", "Quite la forma de pago"),
    ("CFDI40104", "invoice", "La forma de pago no es un valor del catálogo c_FormaPago",
     "La clave no existe", "Use una clave del catálogo, como 03"),
    ("CFDI40105", "invoice", "La forma de pago no contiene el valor 99",
     "El método de pago es PPD", "Use la forma de pago 99 con PPD"),
    ("CFDI40108", "invoice", "El subtotal no es la suma de los importes de los conceptos",
     "Los importes se redondearon de otra manera", "Sume los importes ya redondeados"),
    ("CFDI40110", "invoice", "El descuento es mayor que el subtotal",
     "Los descuentos suman más que los importes", "Revise los descuentos"),
    ("CFDI40113", "invoice", "La moneda no es un valor del catálogo c_Moneda",
     "La clave no es ISO 4217", "Use MXN, USD u otra clave del catálogo"),
    ("CFDI40114", "invoice", "El tipo de cambio no es 1 y la moneda es MXN",
     "Los pesos no se cambian", "Omita el tipo de cambio o use 1"),
    ("CFDI40115", "invoice", "Falta el tipo de cambio",
     "La moneda es distinta de MXN", "Agregue el tipo de cambio del día"),
    ("CFDI40119", "invoice", "El total no es subtotal menos descuento más traslados menos retenciones",
     "Los importes no cuadran", "Sume los importes ya redondeados"),
    ("CFDI40121", "invoice", "El tipo de comprobante no es un valor del catálogo",
     "Existen I, E, T, N y P", "Corrija el tipo de comprobante"),
    ("CFDI40123", "invoice", "La exportación no es un valor del catálogo c_Exportacion",
     "Existen 01 a 04", "Use 01 si no hay exportación"),
    ("CFDI40124", "invoice", "El método de pago no es un valor del catálogo c_MetodoPago",
     "Existen PUE y PPD", "Corrija el método de pago"),
    ("CFDI40126", "sender", "El lugar de expedición no es un valor del catálogo c_CodigoPostal",
     "El código postal del emisor no existe", "Corrija el domicilio de la empresa"),
    ("CFDI40130", "receiver", "El nombre del receptor no es PUBLICO EN GENERAL",
     "El RFC es XAXX010101000 y es una factura global", "Escriba PUBLICO EN GENERAL, sin acento"),
    ("CFDI40134", "invoice", "El mes de la factura global no va de 01 a 12",
     "La periodicidad no es bimestral", "Use un mes de 01 a 12"),
    ("CFDI40135", "invoice", "El mes de la factura global no va de 13 a 18",
     "La periodicidad es bimestral", "Use un bimestre de 13 a 18"),
    ("CFDI40136", "invoice", "El año de la factura global no es el actual ni el anterior",
     "El periodo es demasiado antiguo o futuro", "Corrija el año"),
    ("CFDI40138", "sender", "El emisor no está en la lista de RFC inscritos no cancelados",
     "El RFC o el CSD del emisor no están activos", "Revise la situación fiscal de la empresa"),
    ("CFDI40139", "sender", "El nombre del emisor no es el asociado al RFC",
     "La razón social difiere de la registrada", "Cópiela de la Constancia de Situación Fiscal"),
    ("CFDI40141", "sender", "El régimen fiscal del emisor no corresponde con el tipo de persona",
     "El régimen es de personas físicas y el RFC de una moral, o al revés", "Corrija el régimen del emisor"),
    ("CFDI40143", "receiver", "El RFC del receptor no está en la lista de RFC inscritos del SAT",
     "El RFC no existe o está cancelado", "Revise el RFC en la Constancia de Situación Fiscal"),
    ("CFDI40144", "receiver", "El receptor no está en la lista de RFC inscritos no cancelados",
     "El RFC del receptor puede estar cancelado", "Pregunte al receptor por su situación fiscal"),
    ("CFDI40145", "receiver", "El nombre del receptor no es el asociado al RFC",
     "La razón social difiere de la registrada", "Cópiela de la constancia, sin régimen societario"),
    ("CFDI40146", "receiver", "El RFC del receptor debe ser XAXX010101000",
     "Es una factura global", "Use el RFC genérico nacional"),
    ("CFDI40147", "receiver", "El domicilio fiscal del receptor no está en la lista del SAT",
     "Falta el código postal o no existe", "Agregue el código postal de la constancia"),
    ("CFDI40148", "receiver", "El domicilio fiscal del receptor no es el asociado al RFC",
     "El código postal difiere del registrado", "Copie el código postal de la constancia"),
    ("CFDI40149", "receiver", "El domicilio fiscal del receptor no es igual al lugar de expedición",
     "El RFC es genérico", "Use el código postal del emisor"),
    ("CFDI40157", "receiver", "El régimen fiscal del receptor no es un valor del catálogo",
     "Falta el régimen o no existe", "Agregue el régimen de la constancia"),
    ("CFDI40158", "receiver", "El régimen fiscal no corresponde con el tipo de persona del receptor",
     "El régimen es de personas físicas y el RFC de una moral, o al revés", "Corrija el régimen del cliente"),
    ("CFDI40159", "receiver", "El régimen fiscal no es el asociado al RFC del receptor",
     "El receptor tiene otro régimen", "Copie el régimen de la constancia"),
    ("CFDI40160", "receiver", "El uso del CFDI no es un valor del catálogo c_UsoCFDI",
     "La clave no existe; P01 es de CFDI 3.3", "Use una clave del catálogo, como G03 o S01"),
    ("CFDI40161", "receiver", "El uso del CFDI no corresponde con el tipo de persona y el régimen",
     "Las claves D01 a D10 son de personas físicas", "Pregunte al receptor por el uso"),
    ("CFDI40162", "invoice", "La clave del producto no es un valor del catálogo c_ClaveProdServ",
     "La clave no existe", "Búsquela en el catálogo del SAT"),
    ("CFDI40165", "invoice", "La clave de unidad no es un valor del catálogo c_ClaveUnidad",
     "La clave no existe", "Use una clave del catálogo, como E48 o H87"),
    ("CFDI40166", "invoice", "El valor unitario debe ser mayor que cero",
     "El concepto no tiene precio", "Corrija el precio o quite el concepto"),
    ("CFDI40169", "invoice", "El descuento es mayor que el importe del concepto",
     "El descuento supera el importe", "Corrija el descuento"),
    ("CFDI40171", "invoice", "Un concepto que es objeto de impuesto no lleva impuestos",
     "El objeto de impuesto es 02", "Agregue impuestos o use 01"),
    ("CFDI40172", "invoice", "Un concepto que no es objeto de impuesto lleva impuestos",
     "El objeto de impuesto es 01 o 03", "Quite los impuestos o use 02"),
    ("CFDI40184", "invoice", "Una retención no puede ser exenta",
     "El factor de la retención es Exento", "Use Tasa o Cuota"),
    ("CFDI40221", "invoice", "El importe de un traslado no es la suma de los traslados de los conceptos",
     "Los impuestos se redondearon de otra manera", "Sume los importes ya redondeados"),
    ("CFDI40999", "unknown", "Error no clasificado", "El PAC no dice más", "Revise el XML contra el esquema"),
)  # fmt: skip


async def _list(call: Call) -> Row:
    query = call.query
    limit, page = int(query.get("limit") or 50), max(int(query.get("page") or 1), 1)
    found = [row for row in map(_shown, _ERRORS) if _matches(row, query.get("code"), query.get("type"))]
    found = [row for row in found if _holds(row, (query.get("q") or "").lower())]
    rows = found[(page - 1) * limit : page * limit]
    return ok(rows, "CFDI errors retrieved successfully", total=len(found), page=page, limit=limit)


def _shown(error: tuple[str, str, str, str, str]) -> Row:
    code, type, description, explanation, solution = error
    return {"code": code, "description": description, "explanation": explanation, "solution": solution,
            "type": type}  # fmt: skip


def _matches(row: Row, code: str | None, type: str | None) -> bool:
    return code in (None, "", row["code"]) and type in (None, "", row["type"])


def _holds(row: Row, wanted: str) -> bool:
    return any(wanted in row[name].lower() for name in ("code", "description", "explanation", "solution"))


OPERATIONS = (
    Operation("invoices.list_cfdi_errors", "GET", "/invoices/errors", _list,
              query=ErrorsQuery, answer=list[CfdiError]),
)  # fmt: skip
