// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a trace learns of a network beside its nodes: members with their paths, and parameters.
///
/// The walk over a network's members (nn/members.hpp) enters each layer in order, so that a member's number, and its
/// parameters' numbers, come from its position. A layer that is called fills in its parameters.

#include <sinter/meta/text.hpp>
#include <sinter/tensor/extents.hpp>

namespace sinter {

enum class distribution : unsigned char { constant, uniform, normal };

/// How a parameter starts: the constant `scale`, uniform in [-scale, scale), or normal with standard deviation `scale`.
struct initial_value {
    distribution kind = distribution::constant;
    double scale = 0;
};

struct parameter_record {
    int member = -1;
    const char* name = nullptr;
    extents shape{};
    initial_value initial{};
    /// Filters are (places…, inputs, outputs) in the program, and (outputs, inputs, places…) in files and for users;
    /// a linear has no places. Those of one that reads a flattened image are named here and one axis in both shapes.
    /// No axes: all have the program's order.
    extents filters{};
    int before = 0;              ///< rows of a linear's matrix in front of those that read the flattened image
    bool order_unknown = false;  ///< reads an image by a way on which PyTorch's order of columns is lost
};

struct member_record {
    int path_first = 0, path_size = 0;  ///< in `path_chars`
    int first_parameter = 0, parameter_count = 0;
    int width = -1;  ///< of the input it was called on
    bool called = false;
    bool called_by_walk = false;  ///< a container: its use shows in its members
    const char* kind = "";        ///< of the layer
    extents output{};             ///< of its last call
    long long flops = 0;          ///< of a sample, all calls
};

struct network_record {
    meta::vector<member_record> members;
    meta::vector<parameter_record> parameters;
    meta::vector<char> path_chars;
    meta::vector<int> images;  ///< nodes that convolutions and pools gave (nn/image_order.hpp)

    constexpr int add_member(const meta::text& path, int parameter_count, bool container) {
        member_record m{.path_first = path_chars.size(),
                        .path_size = path.size(),
                        .first_parameter = parameters.size(),
                        .parameter_count = parameter_count,
                        .called_by_walk = container};
        for (int i = 0; i < path.size(); ++i) path_chars.push(path[i]);
        for (int i = 0; i < parameter_count; ++i) parameters.push({.member = members.size()});
        return members.push(m);
    }
};

}  // namespace sinter
