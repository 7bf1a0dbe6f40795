"""XML from outside, read without what makes XML dangerous."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

_DEEPEST = 100


def parse_xml(content: bytes) -> Element:
    """Read a document; ValueError where it is not well-formed, or declares a DTD and with it entities."""
    builder, open = TreeBuilder(), 0
    parser = ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise ValueError("a document type declaration is not allowed")

    def name(raw: str) -> str:
        return "{" + raw if "}" in raw else raw

    def start(raw: str, attributes: dict[str, str]) -> None:
        nonlocal open
        open += 1
        if open > _DEEPEST:
            raise ValueError("it is nested too deeply")
        builder.start(name(raw), {name(key): value for key, value in attributes.items()})

    def end(raw: str) -> None:
        nonlocal open
        open -= 1
        builder.end(name(raw))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except ExpatError as error:
        raise ValueError(f"not well-formed: {error}") from None
    return builder.close()
