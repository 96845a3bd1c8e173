// SPDX-License-Identifier: BSL-1.0
#include "support/temporary_folder.hpp"
#include <sinter/io/safetensors.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace {

using sinter::error_code;
using sinter_test::damaged;
using sinter_test::read_bytes;
using sinter_test::temporary_folder;
using sinter_test::write_anew;
using sinter_test::write_bytes;

template <std::size_t Size> std::string literal(const char (&bytes)[Size]) { return {bytes, Size - 1}; }

// The Python package safetensors 0.8.0 wrote this: save({"weight": float32 [[1, 2], [3, -0.5]], "bias": float64
// [0.25]},
// {"format": "pt"}).
const std::string reference = literal(
    "\x98\0\0\0\0\0\0\0"
    R"({"__metadata__":{"format":"pt"},"bias":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
    R"("weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}   )"
    "\0\0\0\0\0\0\xd0\x3f"
    "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\0\xbf");

}  // namespace

TEST_CASE("safetensors: a file of the reference implementation is read, each type converted to the asked one") {
    const temporary_folder folder;
    write_bytes(folder / "file", reference);
    const auto floats = sinter::read_safetensors<float>(folder / "file").value();
    REQUIRE(floats.tensors.size() == 2);
    CHECK(floats.metadata == sinter::file_metadata{{"format", "pt"}});
    const auto* weight = floats.find("weight");
    REQUIRE(weight != nullptr);
    CHECK(weight->shape == std::vector<std::size_t>{2, 2});
    CHECK(weight->values == std::vector<float>{1, 2, 3, -0.5f});
    const auto doubles = sinter::read_safetensors<double>(folder / "file").value();
    CHECK(doubles.find("weight")->values == std::vector<double>{1, 2, 3, -0.5});
    CHECK(doubles.find("bias")->values == std::vector<double>{0.25});
    CHECK(doubles.find("none") == nullptr);
}

TEST_CASE("safetensors: a written file has the reference implementation's bytes") {
    const temporary_folder folder;
    const std::vector<float> weight{1, 2, 3, -0.5f};
    REQUIRE(sinter::write_safetensors<float>(folder / "file", {{"weight", {2, 2}, weight}}, {{"format", "pt"}}));
    CHECK(read_bytes(folder / "file") ==
          literal("\x60\0\0\0\0\0\0\0"
                  R"({"__metadata__":{"format":"pt"},"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}   )"
                  "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\0\xbf"));
}

TEST_CASE_TEMPLATE("safetensors: what is written is read back bit for bit", Real, float, double) {
    const temporary_folder folder;
    using limits = std::numeric_limits<Real>;
    std::vector<Real> many(5000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<Real>(std::sin(static_cast<double>(i)));
    const std::vector<Real> special{0,
                                    -Real{0},
                                    limits::denorm_min(),
                                    limits::max(),
                                    limits::lowest(),
                                    limits::infinity(),
                                    -limits::infinity(),
                                    limits::quiet_NaN()};
    REQUIRE(sinter::write_safetensors<Real>(
        folder / "file",
        {{"many", {50, 100}, many}, {"none", {5, 0}, {}}, {"special", {8}, special}, {"scalar", {}, {&many[1], 1}}}));
    const auto file = sinter::read_safetensors<Real>(folder / "file").value();
    REQUIRE(file.tensors.size() == 4);
    CHECK(file.tensors[0].values == many);
    CHECK(file.tensors[1].values.empty());
    CHECK(file.tensors[1].shape == std::vector<std::size_t>{5, 0});
    CHECK(file.tensors[3].values == std::vector<Real>{many[1]});
    using bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
    for (std::size_t i = 0; i < special.size(); ++i)
        CHECK(std::bit_cast<bits>(file.tensors[2].values[i]) == std::bit_cast<bits>(special[i]));
}

TEST_CASE(
    "safetensors: more values than are converted at once arrive in order, and the one beyond float is counted right") {
    const temporary_folder folder;
    std::vector<double> many(10'001);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    REQUIRE(sinter::write_safetensors<double>(folder / "file", {{"many", {73, 137}, many}}));
    const auto floats = sinter::read_safetensors<float>(folder / "file").value();
    CHECK(std::equal(many.begin(), many.end(), floats.tensors[0].values.begin(), floats.tensors[0].values.end()));
    many[9'876] = -1e200;
    REQUIRE(sinter::write_safetensors<double>(folder / "file", {{"many", {73, 137}, many}}));
    CHECK(sinter::read_safetensors<float>(folder / "file").error().message.find("at element 9876;") !=
          std::string::npos);
}

TEST_CASE("safetensors: values finds a tensor by name and shape, or says what is there") {
    const temporary_folder folder;
    write_bytes(folder / "file", reference);
    const auto file = sinter::read_safetensors<float>(folder / "file").value();
    const std::size_t square[] = {2, 2}, flat[] = {4};
    CHECK(file.values("weight", square).value()[3] == -0.5f);
    CHECK(file.values("wait", square).error().code == error_code::unknown_name);
    const auto other = file.values("weight", flat);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == error_code::shape_mismatch);
    CHECK(other.error().message == "expected the shape [4] for weight, found [2,2]");
}

TEST_CASE("safetensors: what cannot be written is refused and leaves no file behind") {
    const temporary_folder folder;
    const std::vector<float> two{1, 2};
    const auto code = [&](const std::vector<sinter::tensor_record<float>>& tensors,
                          const sinter::file_metadata& metadata = {}) {
        const auto written = sinter::write_safetensors(folder / "file", tensors, metadata);
        REQUIRE_FALSE(written);
        return written.error().code;
    };
    CHECK(code({{"a", {3}, two}}) == error_code::shape_mismatch);
    CHECK(code({{"a", {~std::size_t{0}, 2}, two}}) == error_code::shape_mismatch);
    CHECK(code({{"a", {2}, two}, {"a", {2}, two}}) == error_code::bad_argument);
    CHECK(code({{"__metadata__", {2}, two}}) == error_code::bad_argument);
    CHECK(code({{"\xff", {2}, two}}) == error_code::bad_argument);
    CHECK(code({}, {{"k", "\xff"}}) == error_code::bad_argument);
    CHECK(code({}, {{"k", "1"}, {"k", "2"}}) == error_code::bad_argument);
    CHECK(folder.entries() == 0);
}

TEST_CASE("safetensors: a write that fails leaves the old file whole and nothing beside it") {
    const temporary_folder folder;
    const std::vector<float> two{1, 2};
    CHECK(sinter::write_safetensors<float>(folder / "no/file", {{"a", {2}, two}}).error().code ==
          error_code::file_not_found);
    // A folder at the path: all is written, then the rename fails.
    std::filesystem::create_directories(folder / "taken/inside");
    CHECK(sinter::write_safetensors<float>(folder / "taken", {{"a", {2}, two}}).error().code == error_code::io_failed);
    CHECK(std::filesystem::exists(folder / "taken/inside"));
    CHECK(folder.entries() == 1);
    write_bytes(folder / "file", "old");
    const auto stopped =
        sinter::replace_file(folder / "file", [](sinter::output_file& file) { return file.write("ne") && false; });
    CHECK_FALSE(stopped);
    CHECK(read_bytes(folder / "file") == "old");
    CHECK(folder.entries() == 2);
    CHECK(sinter::write_safetensors<float>(folder / "file", {{"a", {2}, two}}));
    CHECK(sinter::read_safetensors<float>(folder / "file"));
    CHECK(folder.entries() == 2);
}

TEST_CASE("safetensors: a file that is not there is not found, a folder is no file") {
    const temporary_folder folder;
    CHECK(sinter::read_safetensors<float>(folder / "none").error().code == error_code::file_not_found);
    CHECK(sinter::read_safetensors<float>(folder.path()).error().code == error_code::io_failed);
}

TEST_CASE("safetensors: a header beyond the file or beyond 100 MB is refused before memory is taken") {
    const temporary_folder folder;
    for (const std::string& length : {literal("\xff\xff\xff\xff\xff\xff\xff\xff"), literal("\x11\0\0\0\0\0\0\0")}) {
        write_bytes(folder / "file", length + "{}              ");
        const auto read = sinter::read_safetensors<float>(folder / "file");
        REQUIRE_FALSE(read);
        CHECK(read.error().message.find("found the length") != std::string::npos);
    }
    // 200 MB of nothing, sparse, so that the length would fit
    write_bytes(folder / "large", literal("\0\xc2\xeb\x0b\0\0\0\0{}"));
    std::filesystem::resize_file(folder / "large", 200'000'008);
    CHECK(sinter::read_safetensors<float>(folder / "large").error().message.find("at most 100000000") !=
          std::string::npos);
}

TEST_CASE("safetensors: halves and bfloats are read, integers are refused by name, and their place is even or odd") {
    const temporary_folder folder;
    const auto file_of = [&](const std::string& dtype, const std::string& data) {
        const std::string header = R"({"odd":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":")" + dtype +
                                   R"(","shape":[2],"data_offsets":[2,)" + std::to_string(2 + data.size()) + "]}}";
        write_bytes(folder / "file", std::string(1, static_cast<char>(header.size())) + std::string(7, 0) + header +
                                         literal("\0\x3c") + data);
        return sinter::read_safetensors<float>(folder / "file");
    };
    const std::vector<float> expected{1, -2};
    CHECK(file_of("F16", literal("\0\x3c\0\xc0")).value().find("a")->values == expected);
    CHECK(file_of("BF16", literal("\x80\x3f\0\xc0")).value().find("a")->values == expected);
    CHECK(file_of("F32", literal("\0\0\x80\x3f\0\0\0\xc0")).value().find("a")->values == expected);
    const std::string huge = literal("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xf0\x7e");
    const auto beyond = file_of("F64", huge);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == error_code::bad_format);
    CHECK(beyond.error().message.find("numbers of a that a float can hold, found a larger one at element 1") !=
          std::string::npos);
    CHECK(sinter::read_safetensors<double>(folder / "file").value().find("a")->values[1] == 0x1p1008);
    const auto integers = file_of("I32", std::string(8, 0));
    REQUIRE_FALSE(integers);
    CHECK(integers.error().message == (folder / "file") + ": expected the dtype F32, F64, F16 or BF16 of a, found I32");
}

TEST_CASE("safetensors: one tensor is read without another, whose 4 TB are neither read nor allocated") {
    const temporary_folder folder;
    const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"huge":{"dtype":"F32",)"
                               R"("shape":[1024,1024,1024,1024],"data_offsets":[4,4398046511108]}})";
    write_bytes(folder / "file", std::string(1, static_cast<char>(header.size())) + std::string(7, 0) + header +
                                     literal("\0\0\x80\x3f"));
    std::error_code failed;
    std::filesystem::resize_file(folder / "file", 8 + header.size() + 4398046511108, failed);  // sparse: no disk
    if (failed) {
        MESSAGE("skipped: no file of 4 TB here");
        return;
    }
    const auto file = sinter::open_safetensors(folder / "file").value();
    float one = 0;
    REQUIRE(file.read(file.header().entries[0], &one));
    CHECK(one == 1);
    std::string overcommit = read_bytes("/proc/sys/vm/overcommit_memory");
    if (sinter_test::limits_allocation || overcommit.empty() || overcommit[0] == '1') {
        MESSAGE("skipped: here 4 TB of memory are to be had, or end the program");
        return;
    }
    const auto all = sinter::read_safetensors<float>(folder / "file");
    REQUIRE_FALSE(all);
    CHECK(all.error().code == error_code::io_failed);
    CHECK(all.error().message.find("expected 4398046511108 bytes of memory") != std::string::npos);
}

TEST_CASE("safetensors: a FIFO is refused at once, and messages name the file without control characters") {
    const temporary_folder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(sinter::read_safetensors<float>(folder / "fifo").error().message.find("found a FIFO") != std::string::npos);
    write_bytes(folder / "\x1b[31m", "12345678{");
    CHECK(
        sinter::read_safetensors<float>(folder / "\x1b[31m").error().message.find(R"(/\x1b[31m: expected a header)") !=
        std::string::npos);
    const std::vector<float> two{1, 2};
    const auto written = sinter::write_safetensors<float>(folder / "file", {{"\x1b[31m", {3}, two}});
    CHECK(written.error().message == R"(expected as many values for \x1b[31m as its shape [3] has, found 2)");
}

TEST_CASE("safetensors: a byte too few or too many is refused") {
    const temporary_folder folder;
    for (std::size_t size = 0; size < reference.size(); ++size) {
        write_anew(folder / "file", reference.substr(0, size));
        CHECK(sinter::read_safetensors<double>(folder / "file").error().code == error_code::bad_format);
    }
    write_bytes(folder / "file", reference + "x");
    CHECK(sinter::read_safetensors<double>(folder / "file").error().code == error_code::bad_format);
}

TEST_CASE("safetensors: hostile files are read whole or refused") {
    const temporary_folder folder;
    for (unsigned number = 0; number < 3000; ++number) {
        write_anew(folder / "hostile", damaged(reference, number));
        const auto file = sinter::read_safetensors<float>(folder / "hostile");
        if (!file) {
            CHECK_FALSE(file.error().message.empty());
            continue;
        }
        for (const auto& tensor : file->tensors) {
            std::size_t size = 1;
            for (const std::size_t extent : tensor.shape) size *= extent;
            CHECK(tensor.values.size() == size);
        }
    }
}
