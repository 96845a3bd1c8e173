// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A network's weights as safetensors, under the names and in the layout of PyTorch's state_dict.
///
/// A file is read whole and checked before anything is changed: bad input never leaves a half-loaded model.

#include <sinter/io/safetensors.hpp>
#include <sinter/train/inference.hpp>

namespace sinter {

/// Replaces the file at path. *Returns* why not, where the old file is left as it was.
template <class Net, class Scalar, class Rows>
result<void> save_weights(const model<Net, Scalar, Rows>& net, const std::string& path) {
    std::vector<std::vector<Scalar>> values;
    std::vector<tensor_record<Scalar>> records;
    for (const auto& p : net.parameters()) values.push_back(p.values());
    std::size_t i = 0;
    for (const auto& p : net.parameters()) records.push_back({p.name(), p.shape(), values[i++]});
    return write_safetensors(path, records);
}

/// Sets every parameter of a model or an inference object from a file. *Returns* why not, where nothing was changed:
/// unknown_name if the file lacks a parameter, shape_mismatch if one has another shape.
template <class Owner>
result<void> load_weights(Owner& net, const std::string& path) {
    auto views = net.parameters();
    using scalar = std::remove_cvref_t<decltype(views[0][0])>;
    const auto file = read_safetensors<scalar>(path);
    if (!file) return file.error();
    std::vector<const scalar*> values;
    for (const auto& p : views) {
        const auto found = file->values(p.name(), p.shape());
        if (!found) return error{found.error().code, path + ": " + found.error().message};
        values.push_back(*found);
    }
    for (std::size_t k = 0; k < views.size(); ++k) views[k].assign(values[k]);
    return {};
}

/// An inference-only object with the weights of a file.
template <class Net, class Scalar = float, class Rows = rows<1>>
result<inference<Net, Scalar, Rows>> load_inference(const std::string& path) {
    inference<Net, Scalar, Rows> loaded;
    if (const result<void> ok = load_weights(loaded, path); !ok) return ok.error();
    return loaded;
}

}  // namespace sinter
