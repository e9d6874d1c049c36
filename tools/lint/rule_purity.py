"""purity: a pure folder names nothing that could make two runs of one input differ.

Whatever comes from outside arrives as an event or an interface. Tests beside the code are exempt:
they may, for example, read a file of cases.
"""

import re

import floors
from tree import Fault, code_only, line_of

# What must not be named -> how it is recognised in code without comments and literals.
_BANNED = {
    "a clock": r"\b\w+_clock\b|\bclock_gettime\b|\bgettimeofday\b|\b(?:std::)?time\s*\(\s*(?:NULL|nullptr|0)"
    r"|\babsl::Now\b|<ctime>|<time\.h>|\"base/clock\.h\"|\"absl/time/clock\.h\"|\bbase::\w*Clock\b",
    "a random source": r"\brandom_device\b|\bs?rand\s*\(|\bgetrandom\b|\bmt19937(?:_64)?\b|<random>"
    r"|\"absl/random/|\babsl::(?:Insecure)?BitGen\b",
    "a thread": r"\bj?thread\b(?!_local)|\bpthread_\w+|\bstd::async\b|\bthis_thread\b"
    r"|<(?:thread|future|stop_token|semaphore|latch|barrier|coroutine)>",
    "a mutex": r"\b\w*[mM]utex\b|\bcondition_variable\w*\b|\bonce_flag\b|\bcall_once\b"
    r"|\"absl/synchronization/",
    "an atomic": r"\batomic\w*\b",
    "a file": r"\b[io]?fstream\b|\bfopen\b|\bFILE\b|\bfilesystem\b|<(?:iostream|cstdio|stdio\.h|fstream)>"
    r"|<(?:unistd|fcntl|sys/\w+)\.h>|\bstd::(?:cout|cerr|clog|cin)\b|\b(?:f|v|vf)?printf\b|\bputs\b",
    "a socket": r"\bsocket\b|<(?:netinet|arpa)/|\basio\b|\bgrpc\b",
    "the environment": r"\b(?:secure_)?getenv\b|\bsetenv\b",
    "thread_local state": r"\bthread_local\b",
    "a logger": r"\bspdlog\b|\b(?:WARREN_)?LOG(?:_\w+)?\s*\(|\"base/(?:spd)?log\w*\.h\"",
}
_BANNED_RE = {what: re.compile(pattern) for what, pattern in _BANNED.items()}

# `static` up to what ends its declarator: a parenthesis means a function.
_STATIC = re.compile(r"\bstatic\b(?!_)\s+([^;={(]*)([;={(])")
_IMMUTABLE = re.compile(r"^(?:inline\s+)?(?:constexpr|consteval|constinit\s+const|const)\b")

# clang-format leaves the content of namespaces at column 0, and nothing else that ends this way.
_GLOBAL = re.compile(
    r"^(?!static\b|using\b|namespace\b|class\b|struct\b|union\b|enum\b|template\b|typedef\b"
    r"|return\b|friend\b|concept\b|requires\b|extern\s+\"\"|#|\})"
    r"((?:inline\s+|extern\s+)*[A-Za-z_][\w:<>,*& ]*?[\s&*>][a-z_]\w*)(?:\[[^\]]*\])*\s*([;={])",
    re.MULTILINE,
)


def _mutable(declaration):
    """Whether what stands before the `=` of a declaration can change later."""
    if not _IMMUTABLE.match(declaration.strip()):
        return True
    if declaration.lstrip().startswith("const "):
        pointee, star, pointer = declaration.rpartition("*")
        return bool(star) and not pointer.lstrip().startswith("const")
    return False


def _without_template_arguments(code):
    """Removes <...>, so that a parenthesis in std::function<void()> is not taken for a call."""
    previous = None
    while previous != code:
        previous = code
        code = re.sub(r"(?<=\w)<[\w\s:,*&()\[\]]*>", "", code)
    return code


def check(tree):
    for path in tree.select(".h", ".cc"):
        if floors.owner(path, floors.PURE) is None or path.endswith("_test.cc"):
            continue
        code = code_only(tree.files[path])
        for what, pattern in _BANNED_RE.items():
            for match in pattern.finditer(code):
                message = f"a pure folder must not name {what}: {match.group().strip()}"
                yield Fault(path, line_of(code, match.start()), "purity", message)
        plain = "\n".join(_without_template_arguments(line) for line in code.split("\n"))
        for match in list(_STATIC.finditer(plain)) + list(_GLOBAL.finditer(plain)):
            declaration, end = match.groups()
            if end == "(" or "operator" in declaration or not _mutable(declaration):
                continue
            message = f"a pure folder must not hold static mutable state: {declaration.strip()}"
            yield Fault(path, line_of(plain, match.start()), "purity", message)
