// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The JSON header of a safetensors file: each tensor's name, type, shape and range of bytes, and free texts.
///
/// In: a header's text and the size of the data after it, both from anywhere; or the tensors to write. Out: entries
/// that are safe to read by, or what is wrong. Law: ranges tile the data without hole or overlap, each range is its
/// shape's size, no name comes twice, nothing unknown is skipped; what is written here is accepted here. Names come
/// from the file as they are, control characters too; messages show them by printable(). Files: io/safetensors.hpp.
/// Templates over the string, so that a file that includes this and uses none of it does not pay.

#include <sinter/io/dtype.hpp>
#include <sinter/io/json.hpp>
#include <sinter/meta/late.hpp>
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
template <class String>
struct basic_tensor_entry {
    String name{};
    sinter::dtype dtype = sinter::dtype::f32;
    std::vector<std::size_t> shape{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
using tensor_entry = basic_tensor_entry<std::string>;

template <class String>
struct basic_tensor_header {
    std::vector<basic_tensor_entry<String>> entries;
    std::vector<std::pair<String, String>> metadata;
};
using tensor_header = basic_tensor_header<std::string>;

namespace detail {

/// A shape as a file has it, all its extents; or as a message shows it, the first `longest` of them.
template <class Shape>
std::string text_of(const Shape& shape, std::size_t longest = SIZE_MAX) {
    meta::late_t<std::string, Shape> text;
    std::size_t shown = 0;
    for (const std::size_t extent : shape) {
        if (shown == longest) return words(text, ",... and ", shape.size() - shown, " more]");
        text += words(shown++ == 0 ? "[" : ",", extent);
    }
    return text.empty() ? "[]" : text + "]";
}
inline constexpr std::size_t shown_extents = 10;

/// The product of shape in `count`, 0 where one of its extents is; false where it is above `limit`.
template <class Shape>
bool count_values(const Shape& shape, std::uint64_t limit, std::uint64_t& count) {
    count = std::find(shape.begin(), shape.end(), 0u) == shape.end() ? 1 : 0;
    for (const std::uint64_t extent : shape) {
        if (count > 0 && count > limit / extent) return false;
        count *= extent;
    }
    return true;
}

/// A key that two of the things have, or null.
template <class Things, class Key> auto find_twins(const Things& things, Key key) {
    std::vector<const typename Things::value_type*> order;
    for (const auto& thing : things) order.push_back(&thing);
    std::sort(order.begin(), order.end(),
              [&](const auto* left, const auto* right) { return key(*left) < key(*right); });
    const auto found = std::adjacent_find(
        order.begin(), order.end(), [&](const auto* left, const auto* right) { return key(*left) == key(*right); });
    return found == order.end() ? nullptr : &key(**found);
}

/// What is wrong with the names, or nothing.
template <class String>
String check_names(const basic_tensor_header<String>& header) {
    const auto name = [](const auto& entry) -> const String& { return entry.name; };
    const auto key = [](const auto& text) -> const String& { return text.first; };
    if (const String* twin = find_twins(header.entries, name))
        return words("expected a name for each tensor, found ", printable(*twin), ", which comes twice");
    if (const String* twin = find_twins(header.metadata, key))
        return words("expected keys of __metadata__ that differ, found ", printable(*twin), ", which comes twice");
    for (const auto& entry : header.entries)
        if (!is_utf8(entry.name) || entry.name == "__metadata__")
            return words("expected a name in UTF-8 other than __metadata__, found ", printable(entry.name));
    for (const auto& [first, second] : header.metadata)
        if (!is_utf8(first) || !is_utf8(second))
            return words("expected metadata in UTF-8, found ", printable(first), ": ", printable(second));
    return {};
}

template <class String>
bool read_dtype(basic_json_reader<String>& json, basic_tensor_entry<String>& entry) {
    String name;
    if (!json.string(name)) return false;
    entry.dtype = dtype_named(name);
    return entry.dtype != dtype::unknown || json.fail("expected a dtype of safetensors, such as F32", name);
}

template <class String>
bool read_shape(basic_json_reader<String>& json, basic_tensor_entry<String>& entry) {
    if (!json.open('[')) return false;
    while (json.next_element()) {
        std::uint64_t extent = 0;
        if (!json.natural(extent)) return false;
        if (extent > SIZE_MAX) return json.fail("extent beyond this machine's size_t");
        entry.shape.push_back(static_cast<std::size_t>(extent));
    }
    return !json.failed();
}

template <class String>
bool read_offsets(basic_json_reader<String>& json, basic_tensor_entry<String>& entry) {
    return json.open('[') && json.next_element() && json.natural(entry.begin) && json.next_element() &&
           json.natural(entry.end) && (!json.next_element() || json.fail("expected two data_offsets")) &&
           !json.failed();
}

template <class String>
bool read_entry(basic_json_reader<String>& json, basic_tensor_entry<String>& entry) {
    constexpr const char* fields[] = {"dtype", "shape", "data_offsets"};
    constexpr bool (*readers[])(basic_json_reader<String>&, basic_tensor_entry<String>&) = {
        read_dtype<String>, read_shape<String>, read_offsets<String>};
    bool seen[3] = {};
    if (!json.open('{')) return false;
    for (String key; json.next_key(key);) {
        const auto field = static_cast<std::size_t>(std::find(fields, fields + 3, key) - fields);
        if (field == 3) return json.fail("a tensor has dtype, shape and data_offsets, and nothing else", key);
        if (seen[field]) return json.fail("a field of a tensor comes twice");
        seen[field] = true;
        if (!readers[field](json, entry)) return false;
    }
    return !json.failed() && ((seen[0] && seen[1] && seen[2]) || json.fail("a tensor lacks a field"));
}

template <class String>
bool read_metadata(basic_json_reader<String>& json, std::vector<std::pair<String, String>>& metadata) {
    if (!json.open('{')) return false;
    for (String key, text; json.next_key(key); metadata.emplace_back(key, text))
        if (!json.string(text)) return false;
    return !json.failed();
}

/// *Returns* what is wrong, or nothing where the entries' ranges tile `size` bytes.
template <class String>
String check_ranges(const std::vector<basic_tensor_entry<String>>& entries, std::uint64_t size) {
    using entry_type = basic_tensor_entry<String>;
    std::vector<const entry_type*> order;
    for (const auto& entry : entries) order.push_back(&entry);
    std::sort(order.begin(), order.end(), [](const entry_type* left, const entry_type* right) {
        return std::pair(left->begin, left->end) < std::pair(right->begin, right->end);
    });
    std::uint64_t at = 0;
    const entry_type* before = nullptr;
    for (const entry_type* entry : order) {
        const auto bytes = [](const entry_type& of) {
            return words("the bytes ", of.begin, " to ", of.end, " of ", printable(of.name, 100));
        };
        if (entry->end < entry->begin) return bytes(*entry) + " run backwards";
        if (entry->end > size) return words(bytes(*entry), " lie outside the file, which has ", size, " bytes of data");
        if (entry->begin < at) return words(bytes(*entry), " overlap ", bytes(*before));
        if (entry->begin > at)
            return words(bytes(*entry), " leave a hole of ", entry->begin - at, " bytes behind byte ", at);
        const unsigned bits = bits_of(entry->dtype);
        std::uint64_t count = 0;
        if (!count_values(entry->shape, UINT64_MAX / bits, count) || count * bits % 8 != 0 ||
            count * bits / 8 != entry->end - entry->begin)
            return words("the shape ", text_of(entry->shape, shown_extents), " of ", printable(entry->name, 100), ", ",
                         name_of(entry->dtype), ", does not fit its ", entry->end - entry->begin, " bytes");
        at = entry->end, before = entry;
    }
    if (at == size) return {};
    return words("its tensors need ", at, " bytes of data, the file has ", size);
}

}  // namespace detail

/// The header with this text, followed by data_size bytes. *Returns* it checked, or bad_format.
template <class String = std::string>
result<basic_tensor_header<String>> parse_tensor_header(std::string_view text, std::uint64_t data_size) {
    const auto bad = [](const String& what) { return error{error_code::bad_format, words("header: ", what)}; };
    if (text.empty() || text[0] != '{') return bad("expected { as its first byte; is this a safetensors file?");
    basic_tensor_header<String> header;
    basic_json_reader<String> json(text);
    bool metadata_seen = false;
    json.open('{');
    for (String key; json.next_key(key);) {
        if (key != "__metadata__") {
            header.entries.push_back({.name = key});
            if (!detail::read_entry(json, header.entries.back()))
                return bad(words(json.mistake(), ", in the tensor ", printable(key, 100)));
        } else if (metadata_seen) {
            json.fail("__metadata__ comes twice");
        } else {
            metadata_seen = true;
            detail::read_metadata(json, header.metadata);
        }
    }
    if (!json.finish()) return bad(json.mistake());
    if (const String wrong = detail::check_names(header); !wrong.empty()) return bad(wrong);
    if (const String wrong = detail::check_ranges(header.entries, data_size); !wrong.empty()) return bad(wrong);
    return header;
}

/// The text of a header, padded by spaces so that the data after it, and after its length, begins at a multiple of 8.
template <class String>
String write_tensor_header(const basic_tensor_header<String>& header) {
    String text = "{";
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
        text += words(R"({"dtype":")", name_of(entry.dtype), R"(","shape":)", detail::text_of(entry.shape),
                      R"(,"data_offsets":[)", entry.begin, ',', entry.end, "]}");
    }
    text += '}';
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

}  // namespace sinter
