// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/data/idx.hpp>

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace {

using sinter::error_code;
using sinter_test::temporary_folder;
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
        write_bytes(folder / "plain", whole.substr(0, size));
        gzipped(folder / "packed", whole.substr(0, size));
        check_refused(sinter::read_images(folder / "plain"), "expected");
        check_refused(sinter::read_images(folder / "packed"), "expected");
    }
    write_bytes(folder / "plain", whole + "x");
    gzipped(folder / "packed", whole + "x");
    check_refused(sinter::read_images(folder / "plain"), "found more");
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
    check_refused(claim(0x80000000, 1, 1), "found its end");
    check_refused(claim(0, 28, 28), "axis 0 has the extent 0");
    check_refused(claim(5, 28, 0), "axis 2 has the extent 0");
}

TEST_CASE("idx: a cut or damaged gzip file is refused, also where all values were read before the damage shows") {
    const temporary_folder folder;
    const std::string packed = gzipped(folder / "whole", two_images());
    for (std::size_t size = 1; size < packed.size(); ++size) {
        write_bytes(folder / "cut", packed.substr(0, size));
        check_refused(sinter::read_images(folder / "cut"), "");
    }
    std::string wrong_checksum = packed;
    wrong_checksum[packed.size() - 5] = static_cast<char>(wrong_checksum[packed.size() - 5] ^ 1);
    write_bytes(folder / "damaged", wrong_checksum);
    check_refused(sinter::read_images(folder / "damaged"), "damaged");
}

TEST_CASE("idx: hostile files are read whole or refused") {
    const temporary_folder folder;
    const std::string plain = two_images(), packed = gzipped(folder / "whole", plain);
    for (unsigned number = 0; number < 600; ++number) {
        write_bytes(folder / "hostile", sinter_test::damaged(number % 2 == 0 ? plain : packed, number));
        const auto images = sinter::read_images(folder / "hostile");
        if (images) {
            REQUIRE(images->shape.size() == 3);
            CHECK(images->values.size() == images->shape[0] * images->shape[1] * images->shape[2]);
        } else {
            CHECK_FALSE(images.error().message.empty());
        }
    }
}
