// SPDX-License-Identifier: BSL-1.0
#pragma once

/// In which order a matrix reads an image: what a linear behind a `flatten` of (height, width, channels) must know,
/// because PyTorch, whose order files have, flattens (channels, height, width).
///
/// Images are what convolutions and pools gave; views and elementwise operations leave them images. `flatten` of one is
/// a flattened image, as long as only elementwise operations follow, and joins with vectors that are none. On another
/// way to a matrix (a reshape of other axes, a slice of what is flattened, two of them joined) the order is lost, and
/// such weights are not saved.

#include <sinter/graph/builder.hpp>

namespace sinter::detail {

enum class image_order : unsigned char {
    as_program,  ///< no image, or one whose order does not matter any more
    image,       ///< (places…, channels)
    flattened,   ///< its elements as one axis
    unknown,
};
struct order_of_image {
    image_order order = image_order::as_program;
    int image = -1;  ///< the node that was flattened
    int before = 0;  ///< elements that a concat put in front of it
};

class image_orders {
public:
    constexpr explicit image_orders(const builder& graph) : graph_{graph} {}

    /// Of node `id`. Linear in the nodes since the first image.
    constexpr order_of_image of(int id) {
        const meta::vector<int>& images = graph_.network.images;
        if (images.size() == 0) return {};
        first_ = images[0];
        for (const int image : images) first_ = image < first_ ? image : first_;
        for (int i = first_; i <= id; ++i) {
            order_of_image own;
            for (int k = 0; k < graph_[i].count; ++k)
                if (const int x = graph_.operand(i, k); x >= first_) own = both(own, behind(i, x, k));
            for (const int image : images)
                if (i == image) own = {image_order::image};
            known_.push(own);
        }
        return id < first_ ? order_of_image{} : known_[id - first_];
    }

private:
    constexpr order_of_image both(const order_of_image& a, const order_of_image& b) const {
        if (a.order == image_order::as_program) return b;
        if (b.order == image_order::as_program) return a;
        const bool alike = a.order == b.order && a.before == b.before &&
                           (a.order != image_order::flattened || graph_.shape(a.image) == graph_.shape(b.image));
        return alike ? a : order_of_image{image_order::unknown};
    }
    /// What node i makes of its operand k, which is x.
    constexpr order_of_image behind(int i, int x, int k) const {
        const order_of_image before = known_[x - first_];
        const extents &from = graph_.shape(x), &to = graph_.shape(i);
        const bool is_image = before.order == image_order::image;
        constexpr order_of_image unknown{image_order::unknown};
        if (before.order == image_order::as_program || to.size() == 1) return {};
        switch (graph_[i].code) {
            case op::matmul: {
                const product_axes axes = axes_of_product(graph_.attribute(i));
                if (to.rank <= 1) return {};
                return is_image && k == 0 && axes.batch == 0 && axes.depth == 1 ? before : unknown;
            }
            case op::sum:
            case op::max:
                if (is_image && to.rank <= 1) return {};
                return is_image && to.rank == from.rank ? before : unknown;
            case op::reshape:
                if (!is_image) return from == to ? before : unknown;
                // Where there is one place or one channel, both orders are the same.
                if (from.last() == 1 || from.last() == from.size()) return {};
                return to.rank == 1 ? order_of_image{image_order::flattened, x} : unknown;
            case op::slice:
            case op::stride:
            case op::flip:
            case op::pad:
            case op::dilate: return is_image ? before : unknown;
            case op::concat:
                if (is_image) return from.rank > 1 ? before : order_of_image{};
                if (before.order != image_order::flattened) return unknown;
                return {before.order, before.image, before.before + (k > 0 ? graph_.shape(graph_.operand(i))[0] : 0)};
            case op::transpose:
            case op::windows:
            case op::skew: return unknown;
            default: return to.rank == from.rank ? before : unknown;
        }
    }

    const builder& graph_;
    meta::vector<order_of_image> known_;
    int first_ = 0;
};

/// The result of a convolution or a pool.
template <class Value>
constexpr const Value& as_image(const Value& y) {
    if constexpr (Value::traced) y.graph->network.images.push(y.id);
    return y;
}

}  // namespace sinter::detail
