// SPDX-License-Identifier: BSL-1.0
// Reference networks whose template instantiations instantiations.py counts, one at a time: -DREFERENCE_<name>.

#include <sinter/sinter.hpp>

namespace nn = sinter::nn;

struct images : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};

struct deep : nn::sequential<nn::input<16>, nn::linear<16>, nn::tanh, nn::linear<16>, nn::tanh, nn::linear<16>,
                             nn::tanh, nn::linear<16>, nn::tanh, nn::linear<16>, nn::tanh, nn::linear<16>> {};

struct block {
    BOOST_HANA_DEFINE_STRUCT(block, (nn::linear<16>, hidden), (nn::linear<16>, out));
    constexpr auto operator()(auto x) const { return out(relu(hidden(x))); }
};
struct residual {
    using input = sinter::shape<16>;
    BOOST_HANA_DEFINE_STRUCT(residual, (std::array<block, 4>, blocks), (nn::linear<4>, head));
    constexpr auto operator()(auto x) const {
        auto h = x;
        for (auto& b : blocks) h = h + b(h);
        return head(h);
    }
};

struct images_by_windows
    : nn::sequential<nn::input<28, 28, 1>, nn::conv<6, 5, nn::padding<2>>, nn::relu, nn::max_pool<2>, nn::conv<16, 5>,
                     nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<10>> {};

template <class Net, class Loss, class Rule, class Targets>
double train() {
    sinter::model<Net> net;
    sinter::trainer t{net, Loss{}, Rule{}, Targets{}};
    return t.step_on_buffers(1);
}

#if defined(REFERENCE_include)
#elif defined(REFERENCE_step)
double run() { return train<images, sinter::cross_entropy, sinter::adam, sinter::labels>(); }
#elif defined(REFERENCE_convolution)
double run() { return train<images_by_windows, sinter::cross_entropy, sinter::adam, sinter::labels>(); }
#elif defined(REFERENCE_deep)
double run() { return train<deep, sinter::mean_squared_error, sinter::sgd, sinter::dense<sinter::shape<16>>>(); }
#elif defined(REFERENCE_residual)
double run() { return train<residual, sinter::cross_entropy, sinter::sgd, sinter::labels>(); }
#elif defined(REFERENCE_infer)
void run(const sinter::inference<images>& net, sinter::inference<images>::workspace_type& w) { net.run(w, 1); }
#elif defined(REFERENCE_gradient)
constexpr auto f = [](auto x, auto y) { return sum(sin(x) * exp(-y)); };
constexpr auto g = sinter::gradient(f);
static_assert(sinter::function_table<g, sinter::shape<4>, sinter::shape<4>>.node_count > 0);
#else
#error "no reference network is chosen"
#endif
