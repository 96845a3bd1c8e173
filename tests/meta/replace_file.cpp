// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/meta/replace_file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using sinter::error_code;
using sinter::output_file;
using sinter_test::read_bytes;
using sinter_test::temporary_folder;
using sinter_test::write_bytes;

sinter::result<void> save(const std::string& path, const std::string& text = "new") {
    return sinter::replace_file(path, [&](output_file& file) { return file.write(text); });
}

void check_refused(const std::string& path, const std::string& words, error_code code = error_code::io_failed) {
    const auto saved = save(path);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == code);
    CHECK_MESSAGE(saved.error().message.find(words) != std::string::npos, saved.error().message);
}

unsigned mode_of(const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777u;
}

}  // namespace

TEST_CASE("replace_file: contents are the new ones, or the old ones where writing failed, and nothing lies beside") {
    const temporary_folder folder;
    const std::string path = folder / "file";
    write_bytes(path, "old");
    CHECK_FALSE(sinter::replace_file(path, [](output_file& file) { return file.write("ne") && false; }));
    CHECK(read_bytes(path) == "old");
    CHECK(save(path));
    CHECK(read_bytes(path) == "new");
    CHECK(save(folder / "other"));
    CHECK(folder.entries() == 2);
}

#if SINTER_HAS_EXCEPTIONS
TEST_CASE("replace_file: an exception of the one who writes leaves the old contents, and nothing beside") {
    const temporary_folder folder;
    write_bytes(folder / "file", "old");
    CHECK_THROWS_AS(static_cast<void>(sinter::replace_file(folder / "file",
                                                           [](output_file& file) -> bool {
                                                               file.write(std::string(100'000, 'n'));
                                                               throw 3;
                                                           })),
                    int);
    CHECK(read_bytes(folder / "file") == "old");
    CHECK(folder.entries() == 1);
}
#endif

TEST_CASE("replace_file: small, large and empty writes arrive in order") {
    const temporary_folder folder;
    constexpr std::size_t sizes[] = {0, 1, 16'383, 1, 16'384, 16'385, 7, 100'000, 0, 3};
    std::string all;
    REQUIRE(sinter::replace_file(folder / "file", [&](output_file& file) {
        bool written = true;
        for (const std::size_t size : sizes) {
            const std::string part(size, static_cast<char>('a' + all.size() % 26));
            written = written && file.write(part);
            all += part;
        }
        return written;
    }));
    CHECK(read_bytes(folder / "file") == all);
}

TEST_CASE("replace_file: what killed writers left never stops a later one, however much it is") {
    const temporary_folder folder;
    for (int i = 0; i < 200; ++i) write_bytes(folder / ("file.partial" + std::to_string(i)), "left");
    for (int i = 0; i < 200; ++i) write_bytes(folder / ("file.partial-" + std::to_string(i)), "left");
    CHECK(save(folder / "file"));
    CHECK(read_bytes(folder / "file") == "new");
    CHECK(folder.entries() == 401);
}

TEST_CASE("replace_file: threads that write one path at once leave the contents of one of them, and nothing else") {
    const temporary_folder folder;
    const std::string path = folder / "file";
    std::vector<std::thread> writers;
    for (char letter = 'a'; letter < 'e'; ++letter)
        writers.emplace_back([&path, letter] {
            for (int i = 0; i < 5; ++i) static_cast<void>(save(path, std::string(100'000, letter)).has_value());
        });
    for (std::thread& writer : writers) writer.join();
    const std::string found = read_bytes(path);
    CHECK(found == std::string(100'000, found.empty() ? '?' : found[0]));
    CHECK(folder.entries() == 1);
}

TEST_CASE("replace_file: a symbolic link stays, and what it leads to is replaced or made") {
    const temporary_folder folder;
    fs::create_directories(folder / "far/away");
    write_bytes(folder / "far/file", "old");
    fs::create_symlink("../far/away/../file", folder / "far/link");
    fs::create_symlink("far", folder / "near");
    fs::create_symlink("near/link", folder / "chain");
    CHECK(save(folder / "chain"));
    CHECK(read_bytes(folder / "far/file") == "new");
    CHECK(fs::is_symlink(folder / "chain"));
    CHECK(fs::is_symlink(folder / "far/link"));
    fs::create_symlink("far/made", folder / "dangling");
    CHECK(save(folder / "dangling"));
    CHECK(read_bytes(folder / "far/made") == "new");
    fs::create_symlink(folder / "far/file", folder / "absolute");
    CHECK(save(folder / "absolute", "newer"));
    CHECK(read_bytes(folder / "far/file") == "newer");
    fs::create_symlink("loop", folder / "loop");
    check_refused(folder / "loop", "loop: Too many levels of symbolic links");
    fs::create_symlink("nowhere/file", folder / "broken");
    check_refused(folder / "broken", "broken: No such file or directory", error_code::file_not_found);
    CHECK(folder.entries() == 7);
}

TEST_CASE("replace_file: a folder, a FIFO and a device are refused and stay") {
    const temporary_folder folder;
    fs::create_directories(folder / "taken/inside");
    check_refused(folder / "taken", "taken: expected a regular file, found a folder");
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    check_refused(folder / "fifo", "fifo: expected a regular file, found a FIFO");
    fs::create_symlink("fifo", folder / "link");
    check_refused(folder / "link", "link: expected a regular file, found a FIFO");
    fs::create_symlink("/dev/null", folder / "null");
    check_refused(folder / "null", "null: expected a regular file, found a device");
    write_bytes(folder / "open", "old");
    const auto opened = ::open((folder / "open").c_str(), O_WRONLY);
    if (const std::string path = "/dev/fd/" + std::to_string(opened); fs::exists(path))
        check_refused(path, path + ": expected");
    ::close(opened);
    CHECK(read_bytes(folder / "open") == "old");
    fs::remove(folder / "open");
    CHECK(fs::is_fifo(folder / "fifo"));
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(folder.entries() == 4);
}

TEST_CASE(
    "replace_file: paths that are none, too long, or in a folder that is not there, are refused by their own name") {
    const temporary_folder folder;
    check_refused("", "found an empty text", error_code::bad_argument);
    check_refused((folder / "file") + std::string("\0x", 2), "without the character 0", error_code::bad_argument);
    check_refused(folder / std::string(256, 'n'), std::string(256, 'n') + ": File name too long");
    check_refused(folder / "no/file", "the folder of " + (folder / "no/file") + ": No such file",
                  error_code::file_not_found);
    check_refused(folder / "file/", "file/: ", error_code::file_not_found);
    write_bytes(folder / "file", "old");
    check_refused(folder / "file/below", "file/below: Not a directory");
    CHECK(folder.entries() == 1);
    const std::string longest = folder / std::string(255, 'n');  // the new file beside it has a shorter name
    CHECK(save(longest));
    CHECK(read_bytes(longest) == "new");
}

TEST_CASE("replace_file: the mode of the old file stays, and a new one gets what the process asks for") {
    const temporary_folder folder;
    const ::mode_t before = ::umask(027);
    for (const unsigned mode : {0600u, 0644u, 0666u, 0755u, 0620u}) {
        write_bytes(folder / "file", "old");
        REQUIRE(::chmod((folder / "file").c_str(), mode) == 0);
        CHECK(save(folder / "file"));
        CHECK(mode_of(folder / "file") == mode);
    }
    CHECK(save(folder / "made"));
    CHECK(mode_of(folder / "made") == 0640);
    ::umask(before);
}

TEST_CASE("replace_file: the owner of the old file stays where the system lets it") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root may give files away");
        return;
    }
    const temporary_folder folder;
    write_bytes(folder / "file", "old");
    REQUIRE(::chown((folder / "file").c_str(), 12345, 23456) == 0);
    REQUIRE(::chmod((folder / "file").c_str(), 06750) == 0);
    CHECK(save(folder / "file"));
    struct stat status{};
    REQUIRE(::stat((folder / "file").c_str(), &status) == 0);
    CHECK(status.st_uid == 12345);
    CHECK(status.st_gid == 23456);
    CHECK(mode_of(folder / "file") == 06750);
}

TEST_CASE("replace_file: a file that may not be written, and a folder that may not, are refused") {
    if (::geteuid() == 0) {
        MESSAGE("skipped: root may write everything");
        return;
    }
    const temporary_folder folder;
    write_bytes(folder / "file", "old");
    REQUIRE(::chmod((folder / "file").c_str(), 0444) == 0);
    check_refused(folder / "file", "cannot replace " + (folder / "file") + ": Permission denied");
    REQUIRE(::chmod((folder / "file").c_str(), 0644) == 0);
    REQUIRE(::chmod(folder.path().c_str(), 0555) == 0);
    check_refused(folder / "file", "cannot create a file beside " + (folder / "file") + ": Permission denied");
    check_refused(folder / "other", "cannot create a file beside " + (folder / "other") + ": Permission denied");
    REQUIRE(::chmod(folder.path().c_str(), 0300) == 0);  // may be written, not read: it cannot be synced
    CHECK(save(folder / "file"));
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    CHECK(read_bytes(folder / "file") == "new");
    CHECK(folder.entries() == 1);
}
