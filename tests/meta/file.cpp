// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/meta/file.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <filesystem>
#include <string>

using sinter::error_code;
using sinter_test::temporary_folder;
using sinter_test::write_bytes;

namespace {

std::string refusal(const std::string& path) {
    const auto opened = sinter::open_file(path);
    return opened ? "opened" : opened.error().message;
}

}  // namespace

TEST_CASE("file: what cannot be opened is an error that names path and reason") {
    const temporary_folder folder;
    const auto opened = sinter::open_file(folder / "none");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == error_code::file_not_found);
    CHECK(opened.error().message == "cannot open " + (folder / "none") + ": No such file or directory");
    CHECK(refusal(folder / std::string(300, 'n')).find("nnn: File name too long") != std::string::npos);
    CHECK(refusal(folder / "red\x1b[31m").find(R"(red\x1b[31m: No such file)") != std::string::npos);
    write_bytes(folder / "file", "x");
    CHECK(refusal(folder / "file/below").find("below: Not a directory") != std::string::npos);
    std::filesystem::create_symlink("loop", folder / "loop");
    CHECK(refusal(folder / "loop").find("Too many levels of symbolic links") != std::string::npos);
}

TEST_CASE("file: an empty path, and one that the system would cut at a zero, are refused") {
    CHECK(sinter::open_file(std::string()).error().code == error_code::bad_argument);
    const temporary_folder folder;
    write_bytes(folder / "file", "x");
    CHECK(refusal((folder / "file") + std::string("\0.gz", 4)).find("without the character 0") != std::string::npos);
}

TEST_CASE("file: what is no regular file is refused by name and never waited for") {
    const temporary_folder folder;
    CHECK(refusal(folder.path()).find("expected a regular file, found a folder") != std::string::npos);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(refusal(folder / "fifo").find("fifo: expected a regular file, found a FIFO") != std::string::npos);
    std::filesystem::create_symlink("fifo", folder / "link");
    CHECK(refusal(folder / "link").find("link: expected a regular file, found a FIFO") != std::string::npos);
    CHECK(refusal("/dev/zero").find("found a device") != std::string::npos);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder / "socket";
    if (path.size() < sizeof address.sun_path) {
        path.copy(address.sun_path, path.size());
        REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        CHECK(refusal(path).find("found a socket") != std::string::npos);
    }
    ::close(socket);
}

TEST_CASE("file: bytes are read from any place, through a link too, and an end that moved is an error") {
    const temporary_folder folder;
    write_bytes(folder / "file", "0123456789");
    std::filesystem::create_symlink("file", folder / "link");
    const auto file = sinter::open_file(folder / "link").value();
    CHECK(file.size() == 10);
    char bytes[3] = {};
    REQUIRE(file.read(bytes, 3, 7));
    CHECK(std::string(bytes, 3) == "789");
    REQUIRE(file.read(bytes, 2, 0));
    CHECK(std::string(bytes, 3) == "019");
    std::filesystem::resize_file(folder / "file", 8);
    CHECK(file.read(bytes, 3, 7).error().message.find("link: became shorter while it was read") != std::string::npos);
}
