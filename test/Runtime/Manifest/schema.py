"""Checks manifests against runtime/manifest.schema.json: nothing but the standard library.

    schema.py SCHEMA MANIFEST...

Knows the keywords that the schema uses and refuses others, so that none is silently
ignored. Stricter than JSON Schema in one thing: 8.0 is no integer.
"""
import json
import re
import sys

KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "required", "properties",
         "additionalProperties", "items", "enum", "const", "minimum", "maximum", "minItems",
         "maxItems", "uniqueItems", "pattern", "anyOf", "not", "if", "then", "else"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}


def is_same(value, wanted):
    return type(value) is type(wanted) and value == wanted


class Checker:
    def __init__(self, schema):
        self.root = schema
        self.seen = set()  # schemas of the fields that documents had, by id

    def problem(self, value, schema=None, at=""):
        """The first violation as (JSON pointer, text), or None."""
        schema = self.root if schema is None else schema
        unknown = set(schema) - KNOWN
        if unknown:
            raise SystemExit(f"schema keyword not supported: {unknown}")
        if "$ref" in schema:
            schema = {**self.root["$defs"][schema["$ref"].split("/")[-1]],
                      **{k: v for k, v in schema.items() if k not in ("$ref", "description")}}
        for check in (self.scalar, self.object, self.array, self.combined):
            found = check(value, schema, at)
            if found:
                return found
        return None

    def scalar(self, value, schema, at):
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(isinstance(value, TYPES[t]) and (t == "boolean" or not isinstance(value, bool))
                             for t in types):
            return at, f"expected {' or '.join(types)} but found {value!r}"
        if "const" in schema and not is_same(value, schema["const"]):
            return at, f"expected {schema['const']!r} but found {value!r}"
        if "enum" in schema and not any(is_same(value, one) for one in schema["enum"]):
            return at, f"expected one of {schema['enum']} but found {value!r}"
        if "minimum" in schema and isinstance(value, int) and not (
                schema["minimum"] <= value <= schema.get("maximum", value)):
            return at, f"{value} is out of range"
        if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
            return at, f"{value!r} does not match {schema['pattern']}"
        return None

    def object(self, value, schema, at):
        if not isinstance(value, dict):
            return None
        for key in schema.get("required", []):
            if key not in value:
                return f"{at}/{key}", "is missing"
        properties = schema.get("properties", {})
        for key, item in value.items():
            if key in properties:
                self.seen.add(id(properties[key]))
                found = self.problem(item, properties[key], f"{at}/{key}")
                if found:
                    return found
            elif schema.get("additionalProperties", True) is False:
                return f"{at}/{key}", "is not in the schema"
        return None

    def array(self, value, schema, at):
        if not isinstance(value, list):
            return None
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return at, f"has {len(value)} items"
        if schema.get("uniqueItems") and len({json.dumps(item) for item in value}) < len(value):
            return at, "has an item twice"
        for index, item in enumerate(value):
            found = self.problem(item, schema.get("items", {}), f"{at}/{index}")
            if found:
                return found
        return None

    def combined(self, value, schema, at):
        if "not" in schema and not self.problem(value, schema["not"], at):
            return at, f"is excluded: {json.dumps(schema['not'])}"
        if "if" in schema:
            branch = "else" if self.problem(value, schema["if"], at) else "then"
            found = self.problem(value, schema.get(branch, {}), at)
            if found:
                return found
        if "anyOf" in schema:
            found = [self.problem(value, choice, at) for choice in schema["anyOf"]]
            if all(found):  # the one that was meant is the one that fits best
                return max(found, key=lambda problem: (problem[0].count("/"), problem[1] == "is not in the schema"))
        return None


def load(path):
    with open(path) as file:
        return json.load(file)


def main(arguments):
    schema_path, *paths = arguments
    checker = Checker(load(schema_path))
    bad = 0
    for path in paths:
        problem = checker.problem(load(path))
        print(f"refused: {path}: {problem[0]}: {problem[1]}" if problem else f"valid: {path}")
        bad += bool(problem)
    return bad != 0 or not paths


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
