// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The JSON header of a safetensors file: each tensor's name, type, shape and range of bytes, and free texts.
///
/// In: a header's text and the size of the data after it, both from anywhere; or the tensors to write. Out: entries
/// that are safe to read by, or what is wrong. Law: ranges tile the data without hole or overlap, each range is its
/// shape's size, no name comes twice, nothing unknown is skipped; what is written here is accepted here. Files:
/// io/safetensors.hpp.

#include <sinter/io/json.hpp>
#include <sinter/meta/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinter {

/// Free texts of a file, by name; PyTorch's own writers add {"format", "pt"}.
using file_metadata = std::vector<std::pair<std::string, std::string>>;

/// What a header says of one tensor; bytes begin to end - 1 of the data are its values.
struct tensor_entry {
    std::string name{};
    std::uint64_t width = 0;  // bytes a value: 4 for F32, 8 for F64
    std::vector<std::size_t> shape{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct tensor_header {
    std::vector<tensor_entry> entries;
    file_metadata metadata;
};

namespace detail {

inline std::string text_of(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) (text += i == 0 ? "" : ",") += std::to_string(shape[i]);
    return text + "]";
}

/// The product of shape in `count`; false where it is above `limit`.
inline bool count_values(std::span<const std::size_t> shape, std::uint64_t limit, std::uint64_t& count) {
    count = 1;
    for (const std::uint64_t extent : shape) {
        if (extent != 0 && count > limit / extent) return false;
        count *= extent;
    }
    return count <= limit;
}

template <class Things, class Key> bool has_twins(const Things& things, Key key) {
    std::vector<std::string_view> keys;
    for (const auto& thing : things) keys.push_back(key(thing));
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

/// What is wrong with the names, or nothing.
inline std::string check_names(const tensor_header& header) {
    const auto name = [](const tensor_entry& entry) -> const std::string& { return entry.name; };
    const auto key = [](const auto& text) -> const std::string& { return text.first; };
    if (has_twins(header.entries, name)) return "a tensor's name comes twice";
    if (has_twins(header.metadata, key)) return "a key of __metadata__ comes twice";
    for (const auto& entry : header.entries)
        if (!is_utf8(entry.name) || entry.name == "__metadata__")
            return "expected a name in UTF-8 other than __metadata__, found " + entry.name;
    for (const auto& [first, second] : header.metadata)
        if (!is_utf8(first) || !is_utf8(second)) return "expected metadata in UTF-8, found " + first + ": " + second;
    return {};
}

inline bool read_dtype(json_reader& json, tensor_entry& entry) {
    std::string dtype;
    if (!json.string(dtype)) return false;
    entry.width = dtype == "F32" ? 4 : dtype == "F64" ? 8 : 0;
    return entry.width != 0 || json.fail("expected the dtype F32 or F64, all that is read here, found another");
}

inline bool read_shape(json_reader& json, tensor_entry& entry) {
    if (!json.open('[')) return false;
    while (json.next_element()) {
        std::uint64_t extent = 0;
        if (!json.natural(extent)) return false;
        if (extent > SIZE_MAX) return json.fail("extent beyond this machine's size_t");
        entry.shape.push_back(static_cast<std::size_t>(extent));
    }
    return !json.failed();
}

inline bool read_offsets(json_reader& json, tensor_entry& entry) {
    return json.open('[') && json.next_element() && json.natural(entry.begin) && json.next_element() &&
           json.natural(entry.end) && (!json.next_element() || json.fail("expected two data_offsets")) &&
           !json.failed();
}

inline bool read_entry(json_reader& json, tensor_entry& entry) {
    constexpr std::string_view fields[] = {"dtype", "shape", "data_offsets"};
    constexpr bool (*readers[])(json_reader&, tensor_entry&) = {read_dtype, read_shape, read_offsets};
    bool seen[3] = {};
    if (!json.open('{')) return false;
    for (std::string key; json.next_key(key);) {
        const auto field = static_cast<std::size_t>(std::find(fields, fields + 3, key) - fields);
        if (field == 3) return json.fail("a tensor has dtype, shape and data_offsets, and nothing else");
        if (seen[field]) return json.fail("a field of a tensor comes twice");
        seen[field] = true;
        if (!readers[field](json, entry)) return false;
    }
    return !json.failed() && ((seen[0] && seen[1] && seen[2]) || json.fail("a tensor lacks a field"));
}

inline bool read_metadata(json_reader& json, file_metadata& metadata) {
    if (!json.open('{')) return false;
    for (std::string key, text; json.next_key(key); metadata.emplace_back(key, text))
        if (!json.string(text)) return false;
    return !json.failed();
}

/// *Returns* what is wrong, or nothing where the entries' ranges tile `size` bytes.
inline std::string check_ranges(const std::vector<tensor_entry>& entries, std::uint64_t size) {
    std::vector<const tensor_entry*> order;
    for (const auto& entry : entries) order.push_back(&entry);
    std::sort(order.begin(), order.end(), [](const tensor_entry* left, const tensor_entry* right) {
        return std::pair(left->begin, left->end) < std::pair(right->begin, right->end);
    });
    std::uint64_t at = 0;
    for (const tensor_entry* entry : order) {
        std::uint64_t count = 0;
        if (entry->begin != at || entry->end < entry->begin || entry->end > size)
            return "the bytes of " + entry->name + " overlap others, leave a hole or lie outside the file";
        if (!count_values(entry->shape, size / entry->width, count) ||
            count * entry->width != entry->end - entry->begin)
            return words("the shape ", text_of(entry->shape), " of ", entry->name, " does not fit its ",
                         entry->end - entry->begin, " bytes");
        at = entry->end;
    }
    if (at == size) return {};
    return words("its tensors need ", at, " bytes of data, the file has ", size);
}

}  // namespace detail

/// The header with this text, followed by data_size bytes. *Returns* it checked, or bad_format.
inline result<tensor_header> parse_tensor_header(std::string_view text, std::uint64_t data_size) {
    const auto bad = [](const std::string& what) { return error{error_code::bad_format, "header: " + what}; };
    if (text.empty() || text[0] != '{') return bad("expected { as its first byte; is this a safetensors file?");
    tensor_header header;
    json_reader json(text);
    bool metadata_seen = false;
    json.open('{');
    for (std::string key; json.next_key(key);) {
        if (key != "__metadata__") {
            header.entries.push_back({.name = key});
            detail::read_entry(json, header.entries.back());
        } else if (metadata_seen) {
            json.fail("__metadata__ comes twice");
        } else {
            metadata_seen = true;
            detail::read_metadata(json, header.metadata);
        }
    }
    if (!json.finish()) return bad(json.mistake());
    if (const std::string wrong = detail::check_names(header); !wrong.empty()) return bad(wrong);
    if (const std::string wrong = detail::check_ranges(header.entries, data_size); !wrong.empty()) return bad(wrong);
    return header;
}

/// The text of a header, padded by spaces so that the data after it, and after its length, begins at a multiple of 8.
inline std::string write_tensor_header(const tensor_header& header) {
    std::string text = "{";
    const auto key = [&](std::string_view name) {
        if (text.back() != '{') text += ',';
        append_json_string(text, name);
        text += ':';
    };
    if (!header.metadata.empty()) {
        key("__metadata__");
        text += '{';
        for (const auto& [name, value] : header.metadata) key(name), append_json_string(text, value);
        text += '}';
    }
    for (const auto& entry : header.entries) {
        key(entry.name);
        text += entry.width == 4 ? R"({"dtype":"F32","shape":)" : R"({"dtype":"F64","shape":)";
        text += words(detail::text_of(entry.shape), R"(,"data_offsets":[)", entry.begin, ',', entry.end, "]}");
    }
    text += '}';
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

}  // namespace sinter
