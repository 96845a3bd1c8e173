// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Layers without parameters: the named functions of graph/functions.hpp as types, for `sequential`.
///
/// In a body the function itself is shorter: `relu(h)`. A type and a function of one name cannot share a scope, so the
/// types live in sinter::nn and the functions in sinter.

#include <sinter/graph/functions.hpp>
#include <sinter/nn/layer.hpp>

namespace sinter::nn {

#define SINTER_LAYER(name)                                                                                 \
    struct name : layer {                                                                                  \
        static constexpr int parameter_count = 0;                                                          \
        using layer::operator();                                                                           \
        template <class Shape>                                                                             \
        constexpr auto operator()(expr<Shape> x, source_line line = source_line{__builtin_LINE()}) const { \
            using output = typename decltype(sinter::name(x, line))::shape_type;                           \
            if (number >= 0) enter(*x.graph, line, #name, output::value, output::size);                    \
            return sinter::name(x, line);                                                                  \
        }                                                                                                  \
    };
SINTER_LAYER(relu)
SINTER_LAYER(tanh)
SINTER_LAYER(sigmoid)
SINTER_LAYER(exp)
SINTER_LAYER(log)
SINTER_LAYER(sqrt)
SINTER_LAYER(abs)
SINTER_LAYER(flatten)      // the elements of a sample as one axis
SINTER_LAYER(softmax)      // along the last axis
SINTER_LAYER(log_softmax)  // along the last axis
#undef SINTER_LAYER

}  // namespace sinter::nn
