// SPDX-License-Identifier: BSL-1.0
#include <sinter/io/safetensors_header.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using sinter::parse_tensor_header;

void check_refused(const std::string& text, std::uint64_t size, const std::string& words) {
    const auto header = parse_tensor_header(text, size);
    REQUIRE_MESSAGE(!header, text);
    CHECK(header.error().code == sinter::error_code::bad_format);
    CHECK_MESSAGE(header.error().message.find(words) != std::string::npos, header.error().message);
}

// Returns a constant so that "{" + tensor(…) copies: g++ 12 warns of inserting before it (see words()).
const std::string tensor(const std::string& name, const std::string& shape, const std::string& range,
                         const std::string& dtype = "F32") {
    return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + range + "}";
}

}  // namespace

TEST_CASE("safetensors header: tensors in any order of their data, fields in any order, scalars and empty tensors") {
    const auto header =
        parse_tensor_header("{" + tensor("b", "[2]", "[12,28]", "F64") + "," + tensor("a", "[3,1]", "[0,12]") +
                                R"(,"s":{"data_offsets":[28,32],"shape":[],"dtype":"F32"},)" +
                                tensor("e", "[0,7]", "[12,12]") + R"(,"__metadata__":{"k":"v"}}  )",
                            32);
    REQUIRE(header);
    REQUIRE(header->entries.size() == 4);
    CHECK(header->entries[0].name == "b");
    CHECK(header->entries[0].dtype == sinter::dtype::f64);
    CHECK(header->entries[1].shape == std::vector<std::size_t>{3, 1});
    CHECK(header->entries[2].shape.empty());
    CHECK(header->metadata == sinter::file_metadata{{"k", "v"}});
    CHECK(parse_tensor_header("{}", 0));
}

TEST_CASE("safetensors header: ranges that overlap, leave holes, run backwards or outside are refused") {
    const auto two = [](const std::string& first, const std::string& second) {
        return "{" + tensor("a", "[2]", first) + "," + tensor("b", "[2]", second) + "}";
    };
    CHECK(parse_tensor_header(two("[0,8]", "[8,16]"), 16));
    check_refused(two("[0,8]", "[4,12]"), 12, "bytes 4 to 12 of b overlap the bytes 0 to 8 of a");
    check_refused(two("[0,8]", "[0,8]"), 8, "overlap");
    check_refused(two("[0,8]", "[12,20]"), 20, "bytes 12 to 20 of b leave a hole of 4 bytes behind byte 8");
    check_refused(two("[4,12]", "[12,20]"), 20, "bytes 4 to 12 of a leave a hole of 4 bytes behind byte 0");
    check_refused(two("[8,0]", "[8,16]"), 16, "bytes 8 to 0 of a run backwards");
    check_refused(two("[0,8]", "[8,16]"), 15, "bytes 8 to 16 of b lie outside the file, which has 15 bytes");
    check_refused(two("[0,8]", "[8,16]"), 17, "need 16 bytes of data, the file has 17");
    check_refused(two("[0,8]", "[8,18446744073709551615]"), 16, "outside the file");
    check_refused("{}", 1, "the file has 1");
}

TEST_CASE("safetensors header: shapes that do not fit their bytes are refused, also where their product overflows") {
    check_refused("{" + tensor("a", "[3]", "[0,8]") + "}", 8, "shape [3] of a, F32, does not fit its 8 bytes");
    check_refused("{" + tensor("a", "[3]", "[0,1]", "F4") + "}", 1, "shape [3] of a, F4, does not fit");
    check_refused("{" + tensor("a", "[4611686018427387904]", "[0,0]", "BOOL") + "}", 0, "does not fit");
    check_refused("{" + tensor("a", "[4294967296,4294967296]", "[0,0]") + "}", 0, "does not fit");
    check_refused("{" + tensor("a", "[4611686018427387905]", "[0,4]") + "}", 4, "does not fit");
    check_refused("{" + tensor("a", "[2]", "[0,8]", "F64") + "}", 8, "does not fit");
    check_refused("{" + tensor("a", "[]", "[0,0]") + "}", 0, "does not fit");
}

TEST_CASE("safetensors header: names twice, unknown fields, missing fields and other types are refused") {
    check_refused("{" + tensor("a", "[1]", "[0,4]") + "," + tensor("a", "[1]", "[4,8]") + "}", 8,
                  "found a, which comes twice");
    check_refused("{" + tensor("a", "[1]", "[0,4]") + "," + tensor(R"(\u0061)", "[1]", "[4,8]") + "}", 8,
                  "comes twice");
    check_refused(R"({"__metadata__":{},"__metadata__":{}})", 0, "__metadata__ comes twice");
    check_refused(R"({"__metadata__":{"k":"1","k":"2"}})", 0,
                  "keys of __metadata__ that differ, found k, which comes twice");
    check_refused(R"({"__metadata__":{"k":1}})", 0, "expected a string");
    check_refused(R"({"a":{"dtype":"F32","shape":[1]}})", 4, "lacks a field");
    check_refused(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4,
                  "field of a tensor comes twice");
    check_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[]}})", 4,
                  R"(and nothing else, found "x" at byte 57, in the tensor a)");
    check_refused("{" + tensor("a", "[1]", "[0,4]", "f32") + "}", 4,
                  R"(expected a dtype of safetensors, such as F32, found "f32")");
    check_refused("{" + tensor("a", "[1]", "[0,4,4]") + "}", 4, "expected two data_offsets");
    check_refused("{" + tensor("a", "[1]", "[0]") + "}", 4, "");
    check_refused("{" + tensor("a", "[-1]", "[0,4]") + "}", 4, "expected a number");
    check_refused("{" + tensor("a", std::string(100'000, '['), "[0,4]") + "}", 4, "expected a number");
}

TEST_CASE("safetensors header: an extent of 0 empties a shape wherever it stands") {
    for (const char* shape : {"[0]", "[5,0]", "[0,5]", "[18446744073709551615,0,7]", "[7,18446744073709551615,2,0]"})
        CHECK_MESSAGE(parse_tensor_header("{" + tensor("a", shape, "[0,0]") + "}", 0), shape);
    check_refused("{" + tensor("a", "[5,0]", "[0,20]") + "}", 20, "shape [5,0] of a, F32, does not fit its 20 bytes");
}

TEST_CASE("safetensors header: all types of the format are known with their sizes, and none by another spelling") {
    const struct {
        const char* name;
        int bytes;  // of eight values
    } types[] = {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
                 {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
                 {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
                 {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}};
    for (const auto& type : types) {
        const std::string range = "[0," + std::to_string(type.bytes) + "]";
        const auto size = static_cast<std::uint64_t>(type.bytes);
        CHECK_MESSAGE(parse_tensor_header("{" + tensor("a", "[2,4]", range, type.name) + "}", size), type.name);
        check_refused("{" + tensor("a", "[3,4]", range, type.name) + "}", size, "does not fit");
    }
    for (const char* name : {"", "f32", "F32 ", "float32", "F128", "I4", "unknown"})
        check_refused("{" + tensor("a", "[1]", "[0,4]", name) + "}", 4, "expected a dtype of safetensors");
}

TEST_CASE("safetensors header: what a file says is shown without control characters and cut where it is long") {
    check_refused("{" + tensor(R"(red\u001b[31m\u0000)", "[3]", "[0,4]") + "}", 4, R"(of red\x1b[31m\x00, F32)");
    check_refused("{" + tensor("a", "[1]", "[0,4]", R"(\u001b]0;title\u0007)") + "}", 4, R"("\x1b]0;title\x07")");
    std::string shape = "[1";
    for (int i = 0; i < 1'000'000; ++i) shape += ",1";
    const auto long_shape = parse_tensor_header("{" + tensor("a", shape + "]", "[0,8]") + "}", 8);
    REQUIRE_FALSE(long_shape);
    CHECK(long_shape.error().message ==
          "header: the shape [1,1,1,1,1,1,1,1,1,1,... and 999991 more] of a, F32, does "
          "not fit its 8 bytes");
    const auto long_name = parse_tensor_header("{" + tensor(std::string(1'000'000, 'n'), "[3]", "[0,8]") + "}", 8);
    REQUIRE_FALSE(long_name);
    CHECK(long_name.error().message.size() < 300);
}

TEST_CASE("safetensors header: text that is no object from its first byte to its last is refused") {
    for (const char* text : {"", " {}", "[]", "{", "{}x", "{\"a\"", "{\"a\":", "{\"a\":{}", "null", "{\"a\":1}", "{,}"})
        check_refused(text, 0, "header: ");
}

TEST_CASE("safetensors header: what is written is padded to 8 bytes and accepted") {
    const sinter::tensor_header header{
        {{"0.weight", sinter::dtype::f32, {2, 3}, 0, 24}, {"a\"\n", sinter::dtype::f32, {}, 24, 28}},
        {{"format", "pt"}}};
    const std::string text = write_tensor_header(header);
    CHECK(text.size() % 8 == 0);
    const auto read = parse_tensor_header(text, 28);
    REQUIRE(read);
    CHECK(read->metadata == header.metadata);
    REQUIRE(read->entries.size() == 2);
    CHECK(read->entries[1].name == "a\"\n");
    CHECK(read->entries[1].begin == 24);
}
