// SPDX-License-Identifier: BSL-1.0
// Two groups of five classes, softmax in each: under another shape they are probabilities still, and no logits.
// expect-error: the network has a mistake
// expect-error: in_network<classifier>
// expect-error: member<'s', 'c', 'o', 'r', 'e', 's'>
// expect-error: softmax_before_loss_on_logits
// expect-error-count: 1
#include "../support/loss_recipe.hpp"
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/nn/network.hpp>

namespace nn = sinter::nn;

struct classifier {
    using input = sinter::shape<784>;
    BOOST_HANA_DEFINE_STRUCT(classifier, (nn::linear<10>, scores));
    constexpr auto operator()(auto x) const {
        const auto groups = reshape<2, 5>(scores(x));
#ifdef EXPECT_FAILURE
        return flatten(softmax(groups));
#else
        return flatten(groups);
#endif
    }
};

static_assert(sinter_test::trains_on_labels<classifier, sinter::cross_entropy>);
