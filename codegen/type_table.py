"""The one type table: how each type of the spec is written in C, Cython, Python, TypeScript and the docs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """A type of the spec in every language."""

    name: str
    c: str  # scalar, and element of an array
    core: str  # element type that the core sees, when it is not `c`
    cython: str
    python: str  # a scalar in annotations
    numpy: str  # dtype of an array
    typescript: str
    js_array: str
    doc: str
    can_be_array: bool = True


TYPES: dict[str, Type] = {
    t.name: t
    for t in (
        Type("i32", "int32_t", "int32_t", "int", "int", "int32", "number", "Int32Array", "integer"),
        Type("u32", "uint32_t", "uint32_t", "unsigned int", "int", "uint32", "number", "Uint32Array", "integer", False),
        Type("f32", "float", "float", "float", "float", "float32", "number", "Float32Array", "float32"),
        Type("f64", "double", "double", "double", "float", "float64", "number", "Float64Array", "float64", False),
        Type("bool", "int32_t", "bool", "int", "bool", "bool", "boolean", "", "boolean", False),
        Type("enum", "int32_t", "int32_t", "int", "str", "", "string", "", "name", False),
        Type("str", "const char*", "const char*", "const char*", "str", "", "string", "", "text", False),
        Type("c64", "float", "Complex", "float", "complex", "complex64", "number", "Float32Array", "complex64"),
        Type("i16", "int16_t", "int16_t", "short", "int", "int16", "number", "Int16Array", "int16"),
        Type("u8", "uint8_t", "uint8_t", "unsigned char", "int", "uint8", "number", "Uint8Array", "uint8"),
    )
}
