// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/meta/file.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

using sinter_test::read_bytes;
using sinter_test::write_bytes;

TEST_CASE("file: what cannot be opened is an error that names path and reason") {
    const sinter_test::temporary_folder folder;
    const auto opened = sinter::open_file(folder / "none");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == sinter::error_code::file_not_found);
    CHECK(opened.error().message.find("none: No such file") != std::string::npos);
}

TEST_CASE("file: replaced contents are the new ones, or the old ones where writing failed, and nothing lies beside") {
    const sinter_test::temporary_folder folder;
    const std::string path = folder / "file";
    write_bytes(path, "old");
    CHECK_FALSE(sinter::replace_file(path, [](std::FILE* file) { return std::fputs("ne", file) < 0; }));
    CHECK(read_bytes(path) == "old");
    CHECK(sinter::replace_file(path, [](std::FILE* file) { return std::fputs("new", file) >= 0; }));
    CHECK(read_bytes(path) == "new");
    CHECK(folder.entries() == 1);
}

TEST_CASE("file: what a crashed writer left is stepped over and kept") {
    const sinter_test::temporary_folder folder;
    write_bytes(folder / "file.partial0", "left");
    CHECK(sinter::replace_file(folder / "file", [](std::FILE* file) { return std::fputs("new", file) >= 0; }));
    CHECK(read_bytes(folder / "file") == "new");
    CHECK(read_bytes(folder / "file.partial0") == "left");
}
