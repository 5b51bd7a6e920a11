"""The tree-sitter grammars, each imported when the first file of its language is read.

One package per language: the bundle of all grammars downloads them at the first
parse, and importing every grammar here would cost each start what one file needs.
"""

from functools import cache
from importlib import import_module
from typing import Any

MODULES: dict[str, tuple[str, str]] = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "bash": ("tree_sitter_bash", "language"),
}

CONTAINERS = frozenset({
    "class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration", "internal_module",
    "module", "class", "singleton_class", "impl_item", "trait_item", "mod_item", "enum_declaration",
    "record_declaration", "struct_declaration", "class_specifier", "struct_specifier", "namespace_definition",
    "namespace_declaration", "linkage_specification", "trait_declaration", "annotation_type_declaration",
    "preproc_ifdef", "preproc_if", "foreign_mod_item", "object_declaration",
})  # fmt: skip
DECLARATIONS = frozenset({
    "function_definition", "function_declaration", "generator_function_declaration", "method_definition",
    "public_field_definition", "field_definition", "lexical_declaration", "variable_declaration",
    "type_alias_declaration", "function_signature", "abstract_method_signature", "method_declaration",
    "type_declaration", "const_declaration", "var_declaration", "function_item", "struct_item", "enum_item",
    "union_item", "type_item", "const_item", "static_item", "macro_definition", "function_signature_item",
    "constructor_declaration", "compact_constructor_declaration", "field_declaration", "method",
    "singleton_method", "type_definition", "enum_specifier", "union_specifier", "preproc_function_def", "preproc_def",
    "declaration", "property_declaration", "destructor_declaration", "operator_declaration", "event_declaration",
    "delegate_declaration", "indexer_declaration", "local_function_statement", "static_initializer",
    "alias_declaration",
    "annotation_type_element_declaration", "constant_declaration", "assignment",
})  # fmt: skip
WRAPPERS = frozenset({
    "decorated_definition", "export_statement", "ambient_declaration", "template_declaration", "expression_statement",
})  # fmt: skip
ATTACHED = frozenset({
    "comment", "line_comment", "block_comment", "attribute_item", "inner_attribute_item", "decorator", "annotation",
    "marker_annotation", "attribute_list",
})  # fmt: skip
COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
BODIES = frozenset({"declaration_list", "body_statement", "compound_statement", "field_declaration_list"})
CALLS = frozenset({"call_expression", "call"})
FUNCTIONS = frozenset({"arrow_function", "function_expression", "func_literal", "do_block", "block", "function"})


@cache
def parser_for(language: str) -> Any:
    """A parser of `language`, None when there is no grammar for it or its package is not installed."""
    if language not in MODULES:
        return None
    module, function = MODULES[language]
    try:
        from tree_sitter import Language, Parser

        return Parser(Language(getattr(import_module(module), function)()))
    except ImportError:
        return None
