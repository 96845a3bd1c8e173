// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network's weights as safetensors, under the names and in the layout of PyTorch's state_dict.
///
/// A file is checked and read before anything is changed: bad input never leaves a half-loaded model. Tensors that the
/// network does not have are refused unless asked for, and never read. Files that spell elements of arrays
/// `blocks[0].weight` load too.

#include <sinter/io/safetensors.hpp>
#include <sinter/meta/late.hpp>
#include <sinter/train/inference.hpp>

namespace sinter {

/// What a file of weights may be.
struct load_options {
    bool allow_extra = false;  // it may hold tensors that the network does not have; they are left there
};

namespace detail {
/// A linear that reads an image by a way on which PyTorch's order of its columns is lost has no place in a file.
template <class Net>
SINTER_COLD result<void> refuse_lost_order(const std::string& path) {
    const auto& report = network<Net>::report;
    for (int p = 0; p < report.parameter_count; ++p)
        if (const parameter_info& info = report.parameters[p]; info.order_unknown)
            return error{
                error_code::bad_argument,
                words(printable(path, 4096), ": expected that ",
                      std::string(report.names + info.name_first, static_cast<std::size_t>(info.name_size)),
                      " reads an image by flatten, alone or joined with values that are no image, found another "
                      "way, on which the order of its columns in PyTorch's file is not known; give "
                      "flatten(image) a linear of its own")};
    return {};
}
}  // namespace detail

/// Replaces the file at path. *Returns* why not, where the old file is left as it was: bad_argument if a linear reads
/// an image by another way than `flatten` (nn/image_order.hpp).
template <class Net, class Scalar, class Rows>
result<void> save_weights(const model<Net, Scalar, Rows>& net, const std::string& path) {
    return meta::within_memory(path, [&]() -> result<void> {
        if (const auto ordered = detail::refuse_lost_order<Net>(path); !ordered) return ordered.error();
        std::vector<std::vector<Scalar>> values;
        std::vector<tensor_record<Scalar>> records;
        for (const auto& p : net.parameters()) values.push_back(p.values());
        std::size_t i = 0;
        for (const auto& p : net.parameters()) records.push_back({p.name(), p.shape(), values[i++]});
        return write_safetensors(path, records);
    });
}

namespace detail {

/// A name with `blocks[0]` spelled `blocks.0`.
template <class String>
String without_brackets(const String& name) {
    String out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const std::size_t end = name[i] == '[' ? name.find_first_not_of("0123456789", i + 1) : String::npos;
        if (end == String::npos || end == i + 1 || name[end] != ']')
            out += name[i];
        else
            (out += '.').append(name, i + 1, end - i - 1), i = end;
    }
    return out;
}

/// The first names, and how many more there are.
template <class Names>
std::string list_of(const Names& names) {
    constexpr std::size_t most = 5;
    meta::late_t<std::string, Names> text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
        text += words(i > 0 ? ", " : "", printable(names[i], 100));
    return names.size() <= most ? text : words(text, " and ", names.size() - most, " more");
}

/// Which entry of the file each wanted name means. *Returns* unknown_name where one is missing, or is too many.
template <class String>
result<meta::late_t<std::vector<std::size_t>, String>> find_weights(const basic_safetensors_file<String>& file,
                                                                    const std::vector<String>& wanted,
                                                                    const load_options& options) {
    const auto& entries = file.header().entries;
    std::vector<std::pair<String, std::size_t>> known, respelled;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        known.emplace_back(entries[i].name, i);
        if (entries[i].name.find('[') != String::npos) respelled.emplace_back(without_brackets(entries[i].name), i);
    }
    std::sort(known.begin(), known.end());
    std::sort(respelled.begin(), respelled.end());
    constexpr std::size_t none = ~std::size_t{0};
    const auto index_in = [&](const auto& names, const String& name) {
        const auto found = std::lower_bound(names.begin(), names.end(), std::pair(name, std::size_t{0}));
        return found == names.end() || found->first != name ? none : found->second;
    };
    meta::late_t<std::vector<std::size_t>, String> chosen;
    std::vector<String> missing, extra;
    std::vector<char> used(entries.size());
    for (const String& name : wanted) {
        std::size_t i = index_in(known, name);
        if (i == none) i = index_in(respelled, name);
        if (i == none)
            missing.push_back(name);
        else
            chosen.push_back(i), used[i] = true;
    }
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (!used[i]) extra.push_back(entries[i].name);
    const auto refused = [&](const auto&... what) {
        return error{error_code::unknown_name, words(printable(file.path(), 4096), ": ", what...)};
    };
    if (!missing.empty())
        return refused("expected ", wanted.size(), " tensors of the network, found none named ", list_of(missing),
                       extra.empty() ? String() : ", but " + list_of(extra), "; is it another network's file?");
    if (!extra.empty() && !options.allow_extra)
        return refused("expected only the ", wanted.size(), " tensors of the network, found ", extra.size(),
                       " more: ", list_of(extra),
                       "; is it another network's file? load_options{.allow_extra = true} leaves them");
    return chosen;
}

}  // namespace detail

/// Sets every parameter of a model or an inference object from a file. *Returns* why not, where nothing was changed:
/// unknown_name if the file lacks a parameter or holds tensors that the network lacks, shape_mismatch if one has
/// another shape, bad_argument as save_weights does, bad_format if one is of integers or, in F64, beyond float.
template <class Owner>
result<void> load_weights(Owner& net, const std::string& path, const load_options& options = {}) {
    return meta::within_memory(path, [&]() -> result<void> {
        using network_t = decltype(detail::network_of_owner(net));
        if (const auto ordered = detail::refuse_lost_order<network_t>(path); !ordered) return ordered.error();
        auto views = net.parameters();
        using scalar = std::remove_cvref_t<decltype(views[0][0])>;
        using string = meta::late_t<std::string, Owner>;
        const auto file = open_safetensors(string(path));
        if (!file) return file.error();
        std::vector<string> names;
        for (const auto& p : views) names.push_back(p.name());
        const auto found = detail::find_weights(*file, names, options);
        if (!found) return found.error();
        std::size_t size = 0;
        for (std::size_t k = 0; k < views.size(); size += views[k++].size())
            if (const auto& entry = file->header().entries[(*found)[k]]; entry.shape != views[k].shape())
                return error{error_code::shape_mismatch,
                             words(printable(path, 4096), ": expected the shape ", detail::text_of(views[k].shape()),
                                   " for ", names[k], ", found ", detail::text_of(entry.shape, detail::shown_extents))};
        std::vector<scalar> values;
        if (!meta::reserve(values, size)) return meta::out_of_memory(path, size * sizeof(scalar));
        values.resize(size);
        scalar* next = values.data();
        for (std::size_t k = 0; k < views.size(); next += views[k++].size())
            if (const auto read = file->read(file->header().entries[(*found)[k]], next); !read) return read.error();
        next = values.data();
        for (const auto& p : views) p.assign(next), next += p.size();
        return {};
    });
}

/// An inference-only object with the weights of a file.
template <class Net, class Scalar = float, class Rows = rows<1>>
result<inference<Net, Scalar, Rows>> load_inference(const std::string& path, const load_options& options = {}) {
    return meta::within_memory(path, [&]() -> result<inference<Net, Scalar, Rows>> {
        inference<Net, Scalar, Rows> loaded;
        if (const result<void> ok = load_weights(loaded, path, options); !ok) return ok.error();
        return loaded;
    });
}

}  // namespace sinter
