// SPDX-License-Identifier: BSL-1.0
// Any traced function on arrays of one's own: with its gradient, for many samples, with integers among its inputs.

#include <sinter/program/function.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

constexpr auto f = [](auto x, auto w) { return sum(tanh(matmul(x, w))); };

// The squared distance of each point from a centre, and that times the number of its class.
constexpr auto distances = [](auto points, auto centre, auto label) {
    const auto apart = points - centre;
    const auto d = sum(apart * apart);
    return std::pair{d, d * label};
};

// Results of any shape.
constexpr auto turn = [](auto angle, auto p) {
    const auto along = slice<0, 0, 1>(p), across = slice<0, 1, 2>(p);
    return sinter::results{cos(angle) * along - sin(angle) * across, sin(angle) * along + cos(angle) * across};
};

int main() {
    sinter::function<f, sinter::shape<3>, sinter::shape<3, 4>> run;
    const float x[3] = {0.1F, 0.2F, 0.3F}, w[3][4] = {{1, 0, 0, 1}, {0, 1, 0, 1}, {0, 0, 1, 1}};
    const float y = run(x, w);
    const float by_hand = std::tanh(0.1F) + std::tanh(0.2F) + std::tanh(0.3F) + std::tanh(0.6F);
    std::printf("f(x, w) is %.6f, by hand %.6f\n", static_cast<double>(y), static_cast<double>(by_hand));

    // The value and its derivatives by all arguments; or by the first one alone.
    sinter::function<sinter::value_and_gradient(f), sinter::shape<3>, sinter::shape<3, 4>> with_slopes;
    const auto [value, dx, dw] = with_slopes(x, w);
    sinter::function<sinter::gradient<0>(f), sinter::shape<3>, sinter::shape<3, 4>> slope;
    const std::array<float, 3> again = slope(x, w);
    std::printf("f is %.6f; df/dx[0] is %.6f, df/dw[0][0] %.6f\n", static_cast<double>(value),
                static_cast<double>(dx[0]), static_cast<double>(dw[0]));

    // A seed for each result: the derivative of 2 · first + 3 · second by the angle and the point.
    sinter::function<sinter::vjp(turn), sinter::shape<>, sinter::shape<2>, sinter::shape<1>, sinter::shape<1>> pull;
    const auto [by_angle, by_point] = pull(0.0F, std::array{5.0F, 7.0F}, std::array{2.0F}, std::array{3.0F});
    std::printf("by the angle %.0f, by the point %.0f %.0f\n", static_cast<double>(by_angle),
                static_cast<double>(by_point[0]), static_cast<double>(by_point[1]));

    // Up to 1,000 samples a call, in double; results go to arrays of the caller's.
    using points = sinter::samples<sinter::shape<2>, 1000>;
    using labels = sinter::samples<sinter::integers<>, 1000>;
    sinter::function_of<double, distances, points, sinter::shape<2>, labels> measure;
    const std::vector<std::array<double, 2>> where{{0, 0}, {3, 4}, {1, 1}};
    const std::vector<std::int32_t> label{1, 2, 3};
    std::vector<double> squared(3), weighted(3);
    measure.into(squared, weighted, where, std::array{0.0, 0.0}, label);
    std::printf("squared distances %.0f %.0f %.0f\n", squared[0], squared[1], squared[2]);

    // The same, or why not.
    squared.resize(2);
    if (const auto done = measure.try_into(squared, weighted, where, std::array{0.0, 0.0}, label); !done)
        std::printf("%s\n", done.error().message.c_str());

    const bool right = std::abs(y - by_hand) < 1e-6F && std::abs(value - y) < 1e-6F && again == dx &&
                       weighted == std::vector<double>{0, 50, 6};
    return right ? 0 : 1;
}
