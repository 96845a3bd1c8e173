#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The harness itself: it must take a sound misuse and reject each unsound one. Usage: expect_error_sanity.py COMMAND…"""

import sys
import tempfile
from pathlib import Path

from expect_error import complaint

MISUSE = """
template <int Left, int Right> constexpr void same() { static_assert(Left == Right, "left must equal right"); }
#ifdef EXPECT_FAILURE
int main() { same<1, 2>(); }
#else
int main() { same<2, 2>(); }
#endif
"""
CASES = {
    "sound": ("// expect-error: left must equal right\n// expect-error-count: 1\n" + MISUSE, None),
    "other_reason": ("// expect-error: left must be greater\n" + MISUSE, "rejected without ['left must be greater']"),
    "no_reason": (MISUSE, "there is no line '// expect-error: REGEX'"),
    "compiles": ("// expect-error: left\nint main() {}\n", "the misuse compiles"),
    "broken_twin": ("// expect-error: left\n" + MISUSE.replace("2, 2", "2, 3"), "the correct twin does not compile"),
    "too_long": ("// expect-error: left\n" + MISUSE.replace("1, 2>();", "; ".join(f"1, {k}>()" if k == 2 else f"same<1, {k}>()" for k in range(2, 12)) + ";"), "lines instead of 40"),
    "long_for_a_reason": ("// expect-error: left\n// expect-lines: 100: ten errors\n" + MISUSE.replace("1, 2>();", "; ".join(f"1, {k}>()" if k == 2 else f"same<1, {k}>()" for k in range(2, 12)) + ";"), None),
    "too_many": ("// expect-error: left\n// expect-error-count: 1\n" + MISUSE.replace("1, 2>();", "1, 2>(); same<3, 4>();"), "2 errors instead of 1"),
}

wrong = []
with tempfile.TemporaryDirectory() as folder:
    for name, (text, wanted) in CASES.items():
        source = Path(folder, name + ".cpp")
        source.write_text(text)
        found = complaint(str(source), sys.argv[1:])
        if (wanted is None) != (found is None) or (wanted and wanted not in found):
            wrong.append(f"{name}: the harness should say {wanted!r}, it says {found!r}")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
