// SPDX-License-Identifier: BSL-1.0
// How much of a step's workspace is in use: no value ever waits for memory that nobody needs, nearly. And a convolution
// reads its windows where the image lies: no value has their size.
#include "support/network_program.hpp"
#include "support/random_program.hpp"
#include <sinter/nn.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/optim/optimizer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sinter_test;
namespace nn = sinter::nn;

struct workspace {
    meta::vector<lifetime> values;
    std::vector<long long> sizes;  ///< elements a sample of each value, in its shape
    long long needed = 0, live = 0;
    double ratio() const { return live > 0 ? static_cast<double>(needed) / static_cast<double>(live) : 1; }
};

workspace workspace_of(const plan_request& request) {
    grouped_table grouped;
    group_table(request, grouped);
    emitted_groups emitted;
    emit_groups(request, grouped.view(), 0, grouped.groups.groups.size(), emitted);
    workspace found;
    // What is live at a call is counted as if each ran for all rows, though chains may run by blocks.
    meta::vector<lifetime> at_once, of_blocks;
    sinter::detail::plan_lifetimes(request, grouped.view(), emitted, {}, at_once, of_blocks);
    for (int when = -1; when <= emitted.calls.size(); ++when) {
        long long sum = 0;
        for (const lifetime& v : at_once) sum += v.first <= when && when <= v.last ? v.elements : 0;
        found.live = (std::max)(found.live, sum);
    }
    sinter::detail::chains blocked;
    sinter::detail::find_chains(request, grouped.view(), emitted,
                                sinter::detail::calls_until_output(grouped.view(), emitted), blocked);
    sinter::detail::plan_lifetimes(request, grouped.view(), emitted, blocked, found.values, of_blocks);
    found.needed = plan_arena(found.values) + plan_arena(of_blocks);
    for (const lifetime& v : found.values) found.sizes.push_back(grouped.view().table.size(v.node));
    for (const lifetime& a : found.values)  // the law of an arena
        for (const lifetime& b : found.values)
            if (&a < &b && a.first <= b.last && b.first <= a.last)
                CHECK((a.offset + a.elements <= b.offset || b.offset + b.elements <= a.offset));
    return found;
}

/// The step of a network at 64 samples with Adam, for eight lanes; its tables are built while the test runs.
template <class Net, class Loss = cross_entropy, class Target = labels>
workspace workspace_of_step() {
    using recipe = program_recipe<Net, Loss, Target, adam, program_kind::step>;
    builder raw, program;
    meta::vector<int> outputs, roots;
    recipe::build(raw, outputs);
    canonicalise(raw.view(), outputs.begin(), outputs.size(), program, roots);
    meta::vector<parameter_place> parameters;
    int elements = 0;
    plan_parameters(network<Net>::table.view(), network<Net>::report.parameter_count, {8, 16}, parameters, elements);
    return workspace_of({program.view(roots.begin(), roots.size()), {8, 16}, 64, parameters.begin(), elements});
}

struct dense_network : nn::sequential<nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>> {};
struct lenet_5 : nn::sequential<nn::input<28, 28, 1>, nn::conv<6, 5, nn::padding<2>>, nn::relu, nn::max_pool<2>,
                                nn::conv<16, 5>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<120>, nn::relu,
                                nn::linear<84>, nn::relu, nn::linear<10>> {};
struct two_convolutions : nn::sequential<nn::input<28, 28, 1>, nn::conv<32, 3>, nn::relu, nn::max_pool<2>,
                                         nn::conv<64, 3>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<10>> {};
struct two_with_margins
    : nn::sequential<nn::input<28, 28, 1>, nn::conv<32, 3, nn::same>, nn::relu, nn::max_pool<2>,
                     nn::conv<64, 3, nn::same>, nn::relu, nn::max_pool<2>, nn::flatten, nn::linear<10>> {};
struct attention {
    using input = sinter::shape<32, 64>;
    BOOST_HANA_DEFINE_STRUCT(attention, (nn::linear<64>, query), (nn::linear<64>, key), (nn::linear<64>, value),
                             (nn::linear<64>, out));
    constexpr auto operator()(auto x) const {
        const auto q = split_heads<4>(query(x)), k = split_heads<4>(key(x)), v = split_heads<4>(value(x));
        const auto scores = softmax(matmul(q, transpose<0, 2, 1>(k)) * 0.25);
        return out(merge_heads(matmul(scores, v)));
    }
};

TEST_CASE("workspace: of the steps of networks it is at most 1.25 of the largest sum of values live at one call") {
    const std::pair<std::string, workspace> steps[] = {
        {"dense", workspace_of_step<dense_network>()},
        {"LeNet-5", workspace_of_step<lenet_5>()},
        {"convolutions", workspace_of_step<two_convolutions>()},
        {"convolutions with margins", workspace_of_step<two_with_margins>()},
        {"attention", workspace_of_step<attention, mean_squared_error, dense<sinter::shape<32, 64>>>()},
    };
    for (const auto& step : steps) {
        const std::string& name = step.first;
        const workspace& found = step.second;
        CAPTURE(name);
        MESSAGE(name << ": " << found.needed << " elements, " << found.live << " live at once, " << found.ratio());
        CHECK(found.live > 0);
        CHECK(found.ratio() <= 1.25);
    }
}

TEST_CASE("workspace: no value of an image network has the size of all its windows") {
    const auto check = [](const workspace& w, long long largest, long long windows_of_pixels) {
        for (const long long size : w.sizes) {
            CHECK(size <= largest);
            CHECK(size != windows_of_pixels);
        }
    };
    // The largest value of a sample, margins counted: the second convolution's adjoint in LeNet-5, otherwise what the
    // first one gives. All windows of the second one are more; those of the first one, of one channel, may be fewer.
    check(workspace_of_step<lenet_5>(), 18 * 18 * 16, 28 * 28 * 25);
    check(workspace_of_step<two_convolutions>(), 26 * 26 * 32, 26 * 26 * 9);
    check(workspace_of_step<two_with_margins>(), 30 * 30 * 32, 28 * 28 * 9);
}

TEST_CASE("workspace: of random programs, in all") {
    double worst = 1, needed = 0, live = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const random_program x(seed);
        program_table program;
        x.write_gradients(program, false);
        program_request_data data;
        const workspace found = workspace_of(data.request(x, program, grouping::fused));
        needed += static_cast<double>(found.needed);
        live += static_cast<double>(found.live);
        worst = (std::max)(worst, found.ratio());
    }
    MESSAGE("together " << needed / live << ", at worst " << worst);
    CHECK(needed <= 1.25 * live);
}

}  // namespace
