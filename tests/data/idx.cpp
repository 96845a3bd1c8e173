// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/data/idx.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using sinter::error_code;
using sinter_test::temporary_folder;
using sinter_test::write_anew;
using sinter_test::write_bytes;

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
    return bytes;
}

std::string magic(char type, char rank) { return std::string{0, 0, type, rank}; }

/// Two images of 2 x 3.
std::string two_images() {
    std::string bytes = magic(8, 3) + big_endian(2) + big_endian(2) + big_endian(3);
    for (char value = 0; value < 12; ++value) bytes += value;
    return bytes;
}

std::string gzipped(const std::string& path, const std::string& bytes) {
    gzFile file = gzopen(path.c_str(), "wb9");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return sinter_test::read_bytes(path);
}

template <class Value> void check_refused(const sinter::result<Value>& read, const std::string& words) {
    REQUIRE_FALSE(read);
    CHECK(read.error().code == error_code::bad_format);
    CHECK_MESSAGE(read.error().message.find(words) != std::string::npos, read.error().message);
}

}  // namespace

TEST_CASE("idx: images are read with their extents, plain and gzip alike") {
    const temporary_folder folder;
    write_bytes(folder / "plain", two_images());
    gzipped(folder / "packed.gz", two_images());
    for (const char* name : {"plain", "packed.gz"}) {
        const auto images = sinter::read_images(folder / name).value();
        CHECK(images.shape == std::vector<std::size_t>{2, 2, 3});
        REQUIRE(images.values.size() == 12);
        CHECK(images.values[11] == 11);
    }
}

TEST_CASE("idx: labels are read") {
    const temporary_folder folder;
    write_bytes(folder / "labels", magic(8, 1) + big_endian(3) + "\x05\x01\xff");
    CHECK(sinter::read_labels(folder / "labels").value() == std::vector<std::uint8_t>{5, 1, 255});
}

TEST_CASE("idx: more values than fit the first piece of memory arrive in order") {
    const temporary_folder folder;
    std::string bytes = magic(8, 1) + big_endian(3'000'001);
    for (std::size_t i = 0; i < 3'000'001; ++i) bytes += static_cast<char>(i * i >> 5);
    write_bytes(folder / "many", bytes);
    const auto labels = sinter::read_labels(folder / "many").value();
    REQUIRE(labels.size() == 3'000'001);
    CHECK(std::equal(labels.begin(), labels.end(), bytes.begin() + 8,
                     [](std::uint8_t read, char written) { return read == static_cast<std::uint8_t>(written); }));
}

TEST_CASE("idx: a file that is not there is not found, a folder is no file") {
    const temporary_folder folder;
    CHECK(sinter::read_labels(folder / "none").error().code == error_code::file_not_found);
    CHECK(sinter::read_labels(folder / "none").error().message.find("none") != std::string::npos);
    CHECK(sinter::read_labels(folder.path()).error().code == error_code::io_failed);
}

TEST_CASE("idx: a wrong magic number is refused with what was expected") {
    const temporary_folder folder;
    write_bytes(folder / "labels", magic(8, 1) + big_endian(1) + "\x05");
    check_refused(sinter::read_images(folder / "labels"), "magic 0 0 8 3, found 0 0 8 1");
    write_bytes(folder / "floats", magic(13, 1) + big_endian(1) + "\x01\x02\x03\x04");
    check_refused(sinter::read_labels(folder / "floats"), "found 0 0 13 1");
}

TEST_CASE("idx: a byte too few or too many is refused, plain and gzip") {
    const temporary_folder folder;
    const std::string whole = two_images();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_anew(folder / "plain", whole.substr(0, size));
        std::filesystem::remove(folder / "packed");
        gzipped(folder / "packed", whole.substr(0, size));
        check_refused(sinter::read_images(folder / "plain"), "expected");
        check_refused(sinter::read_images(folder / "packed"), "expected");
    }
    write_bytes(folder / "plain", whole + "x");
    gzipped(folder / "packed", whole + "x");
    check_refused(sinter::read_images(folder / "plain"), "expected 28 bytes as its header says, found 29");
    check_refused(sinter::read_images(folder / "packed"), "found more");
}

TEST_CASE("idx: extents that claim more than there is allocate little and are refused") {
    const temporary_folder folder;
    const auto claim = [&](std::uint32_t count, std::uint32_t height, std::uint32_t width) {
        write_bytes(folder / "claim", magic(8, 3) + big_endian(count) + big_endian(height) + big_endian(width) + "abc");
        return sinter::read_images(folder / "claim");
    };
    check_refused(claim(0xffffffff, 0xffffffff, 0xffffffff), "claims more than");
    check_refused(claim(0x10000, 0x10000, 0x10000), "claims more than");
    check_refused(claim(0x80000000, 2, 1), "claims more than");
    check_refused(claim(0x80000000, 1, 1), "expected 2147483664 bytes as its header says, found 19");
    check_refused(claim(0, 28, 28), "axis 0 has the extent 0");
    check_refused(claim(5, 28, 0), "axis 2 has the extent 0");
}

TEST_CASE("idx: a cut or damaged gzip file is refused, also where all values were read before the damage shows") {
    const temporary_folder folder;
    const std::string packed = gzipped(folder / "whole", two_images());
    for (std::size_t size = 1; size < packed.size(); ++size) {
        write_anew(folder / "cut", packed.substr(0, size));
        check_refused(sinter::read_images(folder / "cut"), size > 1 ? "ends too early" : "");
    }
    std::string wrong_checksum = packed;
    wrong_checksum[packed.size() - 5] = static_cast<char>(wrong_checksum[packed.size() - 5] ^ 1);
    write_bytes(folder / "damaged", wrong_checksum);
    check_refused(sinter::read_images(folder / "damaged"), "damaged");
}

TEST_CASE("idx: several gzip members are one file, and anything else behind a member is refused") {
    const temporary_folder folder;
    const std::string whole = two_images();
    const auto member = [&](const std::string& bytes) {
        std::filesystem::remove(folder / "member");
        return gzipped(folder / "member", bytes);
    };
    const std::string packed = member(whole);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        write_anew(folder / "two", member(whole.substr(0, cut)) + member("") + member(whole.substr(cut)));
        CHECK(sinter::read_images(folder / "two").value().values.size() == 12);
    }
    const auto behind = [&](const std::string& bytes) {
        write_anew(folder / "behind", packed + bytes);
        return sinter::read_images(folder / "behind");
    };
    check_refused(behind("x"), "expected its end behind its gzip data, found 1 bytes more");
    check_refused(behind(std::string(1'000'000, '\0')), "found 1000000 bytes more");
    check_refused(behind("\x1f"), "found 1 bytes more");
    check_refused(behind("\x1f\x8b"), "ends too early");
    check_refused(behind("\x1f\x8bnonsense"), "damaged");
    check_refused(behind(packed), "found more");
}

TEST_CASE("idx: a small gzip file that claims and holds a thousand times its size is refused before it is unpacked") {
    const temporary_folder folder;
    const std::string path = folder / "bomb";
    const auto bomb = [&](std::uint32_t count, std::size_t held) {
        std::filesystem::remove(path);
        gzFile file = gzopen(path.c_str(), "wb9");
        const std::string header = magic(8, 1) + big_endian(count), zeros(1 << 20, '\0');
        gzwrite(file, header.data(), static_cast<unsigned>(header.size()));
        for (std::size_t done = 0; done < held; done += zeros.size())
            gzwrite(file, zeros.data(), static_cast<unsigned>(std::min(zeros.size(), held - done)));
        gzclose(file);
        return sinter::read_labels(path);
    };
    check_refused(bomb(0x7fffffff, 1 << 20), "found a header that claims 2147483647; unpack it if it is meant");
    check_refused(bomb((1 << 26) + 1, (1 << 26) + 1), "expected at most 100 times its");
    CHECK(bomb(1 << 22, 1 << 22).value().size() == 1 << 22);  // as empty as they are, so many are no danger
    check_refused(bomb(1 << 22, 1 << 25), "expected 4194312 bytes as its header says, found more");
}

TEST_CASE("idx: the name does not tell whether a file is packed, a FIFO is refused at once") {
    const temporary_folder folder;
    write_bytes(folder / "plain.gz", two_images());
    CHECK(sinter::read_images(folder / "plain.gz"));
    gzipped(folder / "packed", two_images());
    CHECK(sinter::read_images(folder / "packed"));
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(sinter::read_images(folder / "fifo").error().message.find("found a FIFO") != std::string::npos);
    write_bytes(folder / "\x1b[31m", "12345");
    check_refused(sinter::read_images(folder / "\x1b[31m"), R"(/\x1b[31m: expected an IDX file)");
}

TEST_CASE("idx: hostile files are read whole or refused") {
    const temporary_folder folder;
    const std::string plain = two_images(), packed = gzipped(folder / "whole", plain);
    for (unsigned number = 0; number < 3000; ++number) {
        write_anew(folder / "hostile", sinter_test::damaged(number % 2 == 0 ? plain : packed, number));
        const auto images = sinter::read_images(folder / "hostile");
        if (images) {
            REQUIRE(images->shape.size() == 3);
            CHECK(images->values.size() == images->shape[0] * images->shape[1] * images->shape[2]);
        } else {
            CHECK_FALSE(images.error().message.empty());
        }
    }
}
