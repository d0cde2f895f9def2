#!/usr/bin/env python3
"""The house rules that a machine can check: layer law, limits, header comments, banned words in step code.

usage: tidy.py ROOT            checks the tree; prints file:line: rule: what; exit 1 when anything is found
       tidy.py ROOT --planted  plants one offence per rule in a copy of a tiny tree and expects each to be found
"""
import os
import re
import sys
import tempfile

FOLDERS = ["sim", "maps", "vehicles", "replay", "scenarios", "viewer"]
MAY_INCLUDE = {
    "sim": {"sim"},
    "maps": {"sim", "maps"},
    "vehicles": {"sim", "maps", "vehicles"},
    "replay": {"sim", "maps", "replay"},
    "scenarios": {"sim", "maps", "vehicles", "replay", "scenarios"},
    "viewer": set(FOLDERS),
    "tests": set(FOLDERS) | {"tests"},
}
TOP_LEVEL = set(FOLDERS) | {"tests", "assets"}
TOP_FILES = {"CMakeLists.txt", "README.md", "CMakePresets.json", "bitgoeul", "LICENSE"}
MAX_FILE, MAX_FUNCTION, MAX_HEADER_COMMENT = 1000, 70, 8

STEP_CODE = ("sim/", "maps/", "vehicles/", "scenarios/")
# Commands and reports are outside the step: they may look at the clock and print.
OUTSIDE_STEP = ("scenarios/commands/", "scenarios/batch/", "scenarios/main.cpp", "scenarios/report", "scenarios/run",
                "scenarios/stack/")
# The pool bounds its spinning by the clock; no result depends on it.
MAY_MEASURE_TIME = ("sim/jobs.cpp",)
TRANSCENDENTAL = "sin|cos|tan|asin|acos|atan|atan2|exp|exp2|expm1|log|log2|log10|log1p|pow|sinh|cosh|tanh|cbrt|hypot|tgamma|erf"
BANNED = [
    ("rand", re.compile(r"(?<![\w:])(?:std::)?s?rand\s*\(")),
    ("random_device", re.compile(r"\brandom_device\b|\bmt19937|#include <random>|\b\w+_distribution\s*<")),
    ("system_clock", re.compile(r"\bsystem_clock\b|(?<![\w:.])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0)\s*\)|\bgettimeofday\b|\blocaltime\b")),
    ("libm", re.compile(r"\bstd::(?:%s)[fl]?\s*\(" % TRANSCENDENTAL)),
    ("thread_id", re.compile(r"\bthread_local\b|this_thread::get_id")),
]
STEADY = ("steady_clock", re.compile(r"\bsteady_clock\b|\bhigh_resolution_clock\b"))
SHARED = re.compile(r"\b(?:shared_ptr|make_shared)<([^<>]*(?:<[^<>]*>)?[^<>]*)>")
SHARED_ALLOWED = re.compile(r"^\s*(?:const\s+)?(?:bitgoeul::)?(?:maps::Map|Map|sim::Snapshot|Snapshot)\s*$")
UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)<[^;(){}]*>[&\s]+(\w+)")
POINTER_KEY = re.compile(r"\b(?:std::)?(?:unordered_)?(?:multi)?(?:map|set)<\s*(?:const\s+)?[\w:]+\s*\*")
INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]')
PLAIN_HEADER_OK = re.compile(r"^(?:[a-z_]+|c[a-z]+|Eigen/\w+|tl/expected\.hpp)$")  # standard library, Eigen, tl::expected


def strip(text):
    """Comments and literals replaced by spaces, line structure kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    # A digit separator (1'000) is no literal.
    return pattern.sub(blank, re.sub(r"(?<=\d)'(?=\d)", "_", text))


def functions(code):
    """(first line, number of lines) of every function body, by braces: a brace after ')' at namespace or class scope."""
    scopes, start, found = [], 0, []
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M)
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        if match.group(0) == "{":
            head = code[start:at]
            words = re.sub(r"template\s*<[^{}]*?>\s*(?=class|struct|\w)", "", head).strip()
            if re.match(r"(?:inline\s+)?namespace\b|extern\b|(?:typedef\s+)?(?:enum|class|struct|union)\b", words):
                kind = "scope"
            elif all(k == "scope" for k, _ in scopes) and ")" in head and not re.search(r"=\s*$", head):
                kind = "function"
            else:
                kind = "block"
            scopes.append((kind, at))
        elif match.group(0) == "}" and scopes:
            kind, begin = scopes.pop()
            if kind == "function":
                found.append((code.count("\n", 0, begin) + 1, code.count("\n", begin, at) + 1))
        start = match.end()
    return found


def check_header(path, text, report):
    lines = text.split("\n")
    n = 0
    while n < len(lines) and lines[n].startswith("//"):
        n += 1
    if n == 0:
        report(path, 1, "header_comment", "a header opens with what the thing is, who makes it and who reads it")
    elif n > MAX_HEADER_COMMENT:
        report(path, 1, "header_comment", f"{n} lines of opening comment, at most {MAX_HEADER_COMMENT}")
    if "#pragma once" not in text:
        report(path, 1, "pragma_once", "missing #pragma once")


def check_includes(path, text, report):
    folder = path.split("/")[0]
    for number, line in enumerate(text.split("\n"), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, name = match.groups()
        target = name.split("/")[0]
        if kind == '"' and target in set(FOLDERS) | {"tests"}:
            if target not in MAY_INCLUDE[folder]:
                report(path, number, "layer_law", f"{folder} may not include {name}")
        elif kind == '"' and not name.startswith(("doctest", "replay/schema")) and path.endswith(".h"):
            report(path, number, "include_root", f"include {name} from the root, or hide it in a .cpp")
        if kind == "<" and path.endswith(".h") and folder != "tests" and not PLAIN_HEADER_OK.match(name):
            report(path, number, "third_party_header", f"<{name}> belongs into a .cpp file")
        if name == "sim/check.h" and path.endswith(".h"):
            report(path, number, "check_in_header", "sim/check.h belongs into a .cpp file (doctest has a CHECK too)")


def check_banned(path, code, report):
    if not path.startswith(STEP_CODE):
        return
    rules = list(BANNED)
    if path.startswith(OUTSIDE_STEP):
        rules = [r for r in rules if r[0] in ("rand", "random_device")]
    elif path not in MAY_MEASURE_TIME:
        rules.append(STEADY)
    unordered = set(UNORDERED.findall(code))
    for number, line in enumerate(code.split("\n"), 1):
        for name, pattern in rules:
            if pattern.search(line):
                report(path, number, f"banned_{name}", line.strip())
        for inner in SHARED.findall(line):
            if not SHARED_ALLOWED.match(inner):
                report(path, number, "shared_ptr", f"shared_ptr only for const Map and const Snapshot: {line.strip()}")
        if POINTER_KEY.search(line):
            report(path, number, "pointer_key", line.strip())
        for variable in unordered:
            if re.search(r"for\s*\([^;)]*:\s*[\w.>-]*\b%s\s*\)|\b%s\s*\.\s*c?begin\s*\(" % (variable, variable), line):
                report(path, number, "unordered_iteration", line.strip())


def check_tree(root):
    findings = []

    def report(path, line, rule, what):
        findings.append((path, line, rule, what))
    for name in sorted(os.listdir(root)):
        full = os.path.join(root, name)
        if name.startswith(".") or name in ("build", "bitgoeul_out", "runs"):
            continue
        if os.path.isdir(full) and name not in TOP_LEVEL:
            report(name, 0, "top_level", "no other top-level folder than " + " ".join(sorted(TOP_LEVEL)))
        if os.path.isfile(full) and name not in TOP_FILES:
            report(name, 0, "top_level", "no other top-level file than " + " ".join(sorted(TOP_FILES)))
    for folder in FOLDERS + ["tests"]:
        top = os.path.join(root, folder)
        if not os.path.isdir(top):
            continue
        if not os.path.isfile(os.path.join(top, "README.md")):
            report(folder, 0, "readme", "a folder has a README.md of one page")
        for where, dirs, files in os.walk(top):
            dirs[:] = sorted(d for d in dirs if d not in ("node_modules", "__pycache__"))
            for file in sorted(files):
                if not file.endswith((".h", ".cpp")):
                    continue
                full = os.path.join(where, file)
                path = os.path.relpath(full, root)
                with open(full, encoding="utf-8") as handle:
                    text = handle.read()
                code = strip(text)
                if text.count("\n") > MAX_FILE:
                    report(path, 1, "file_length", f"{text.count(chr(10))} lines, at most {MAX_FILE}")
                if not path.startswith("tests/"):
                    for line, length in functions(code):
                        if length > MAX_FUNCTION:
                            report(path, line, "function_length", f"{length} lines, at most {MAX_FUNCTION}")
                if path.endswith(".h"):
                    check_header(path, text, report)
                check_includes(path, text, report)
                check_banned(path, code, report)
    return findings


PLANTED = {
    "layer_law": ("sim/a.cpp", '#include "maps/map.h"\n'),
    "third_party_header": ("maps/a.h", "// A.\n#pragma once\n#include <pugixml.hpp>\n"),
    "header_comment": ("maps/a.h", "#pragma once\nint a();\n"),
    "pragma_once": ("maps/a.h", "// A.\nint a();\n"),
    "file_length": ("maps/a.cpp", "\n" * 1001),
    "function_length": ("maps/a.cpp", "namespace n {\nint f(int x) {\n" + "  x += 1;\n" * 75 + "  return x;\n}\n}\n"),
    "banned_rand": ("vehicles/a.cpp", "int f() { return rand(); }\n"),
    "banned_random_device": ("vehicles/a.cpp", "std::random_device d;\n"),
    "banned_system_clock": ("sim/a.cpp", "auto t = std::chrono::system_clock::now();\n"),
    "banned_libm": ("vehicles/a.cpp", "double f(double x) { return std::sin(x); }\n"),
    "shared_ptr": ("vehicles/a.cpp", "std::shared_ptr<int> p;\n"),
    "unordered_iteration": ("vehicles/a.cpp", "std::unordered_map<int, int> m;\nvoid f() {\n  for (auto& e : m) e.second = 1;\n}\n"),
    "pointer_key": ("vehicles/a.cpp", "std::map<Lane*, int> m;\n"),
    "top_level": ("tools/a.txt", "x\n"),
    "readme": ("replay/a.cpp", "\n"),
    "check_in_header": ("maps/a.h", '// A.\n#pragma once\n#include "sim/check.h"\n'),
    "banned_steady_clock": ("vehicles/a.cpp", "auto t = std::chrono::steady_clock::now();\n"),
}
INNOCENT = ("vehicles/b.cpp", '''#include "maps/map.h"
// std::sin( in a comment, system_clock too
namespace a {
struct S {
  double f(double x) const { return sim::sin(x); }
};
const char* text = "std::rand() random_device";
std::shared_ptr<const maps::Map> map;
double brand(double x) { return x; }
}  // namespace a
''')


def plant():
    failed = 0
    for rule, (path, text) in list(PLANTED.items()) + [("", INNOCENT)]:
        with tempfile.TemporaryDirectory() as root:
            for folder in FOLDERS + ["tests"]:
                os.makedirs(os.path.join(root, folder))
                if not (rule == "readme" and folder == "replay"):
                    open(os.path.join(root, folder, "README.md"), "w").close()
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as handle:
                handle.write(text)
            rules = {r for _, _, r, _ in check_tree(root)}
            if rules != ({rule} if rule else set()):
                print(f"planted {rule or 'nothing'} in {path}: found {sorted(rules) or 'nothing'}")
                failed = 1
    print(f"{len(PLANTED)} planted offences" + ("" if failed else ", each found, and nothing else"))
    return failed


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    if "--planted" in sys.argv:
        return plant()
    findings = check_tree(sys.argv[1])
    for path, line, rule, what in findings:
        print(f"{path}:{line}: {rule}: {what}")
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
