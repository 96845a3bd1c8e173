// SPDX-License-Identifier: BSL-1.0
// The suite `attention`: four linears and eight heads over 64 positions of width 256, 32 sequences of different
// lengths, causal, as in examples/11_attention.cpp: forward as a function of its parameters, and a step with Adam.
//
// PyTorch has `scaled_dot_product_attention` under the same mask. Losses of the first steps are compared with those in
// double precision, elements of the output with each other's.

#include "harness.hpp"
#include "processes.hpp"
#include <sinter/sinter.hpp>
#include <sinter/train/layer_function.hpp>

namespace {

using namespace benchmark;
namespace nn = sinter::nn;

constexpr int count = 64, width = 256, heads = 8, sequences = 32;

struct attention {
    using input = sinter::inputs<sinter::shape<count, width>, sinter::integers<sinter::shape<1>>>;
    BOOST_HANA_DEFINE_STRUCT(attention, (nn::linear<width>, query), (nn::linear<width>, key),
                             (nn::linear<width>, value), (nn::linear<width>, out));
    constexpr auto operator()(auto x, auto length) const {
        const auto scale = 1 / sqrt(sinter::number{width / heads});
        const auto q = split_heads<heads>(scale * query(x)), k = split_heads<heads>(key(x)),
                   v = split_heads<heads>(value(x));
        const auto scores = matmul(q, transpose<0, 2, 1>(k));
        const auto at = sinter::positions<count>();
        const auto seen = (at <= reshape<count, 1>(at)) * (at < length);
        return out(merge_heads(matmul(softmax(select(seen, scores, -1e30)), v)));
    }
};

template <class Scalar>
using model = sinter::model<attention, Scalar, sinter::rows<sequences>>;

struct data {
    std::vector<float> x, y;
    std::vector<std::int32_t> lengths;
};
data some_data() {
    data all;
    const sinter::random_stream random{3};
    for (std::size_t i = 0; i < std::size_t{sequences} * count * width; ++i) {
        all.x.push_back(2 * random.uniform<float>(2 * i) - 1);
        all.y.push_back(2 * random.uniform<float>(2 * i + 1) - 1);
    }
    for (std::size_t i = 0; i < sequences; ++i)
        all.lengths.push_back(1 + static_cast<std::int32_t>(random.below(i, count)));
    return all;
}

template <class Scalar>
class training {
public:
    explicit training(const data& of) : of_{of}, x_(of.x.begin(), of.x.end()), y_(of.y.begin(), of.y.end()) {}
    double step() { return trainer_.step(x_, of_.lengths, y_); }

private:
    const data& of_;
    std::vector<Scalar> x_, y_;
    model<Scalar> net_{sinter::seed{1}};
    sinter::trainer<attention, sinter::mean_squared_error, sinter::adam,
                    sinter::targets<sinter::dense<sinter::shape<count, width>>>, Scalar, sinter::rows<sequences>>
        trainer_{net_, {}, {}, {}};
};

/// Of one sequence, forward.
constexpr double flops = 2.0 * (4.0 * count * width * width + 2.0 * count * count * width);

void enter_processes(suite& s, const std::string& row, const data& of, std::vector<contestant>& all,
                     const std::function<double(const std::vector<double>&)>& error_of) {
    if (s.peers_command.empty()) return;
    const temporary_folder folder("attention");
    write_values(folder.path() / "x.f32", of.x), write_values(folder.path() / "y.f32", of.y);
    write_values(folder.path() / "lengths.i32", of.lengths);
    const model<float> start{sinter::seed{1}};
    int k = 0;
    for (const auto& p : start.parameters())
        write_values(folder.path() / ("p" + std::to_string(k++) + ".f32"), p.values());
    for (contestant& c : processes(s, folder.path(), {"torch", "torch-compile"}, row, error_of))
        all.push_back(std::move(c));
}

void step(suite& s, const data& of) {
    const std::string row = "attention-64x256x8-m32-step";
    if (!s.wants(row)) return;
    const auto losses = [](auto& who) {
        std::vector<double> all;
        for (int i = 0; i < 20; ++i) all.push_back(who.step());
        return all;
    };
    training<double> exact(of);
    const std::vector<double> reference = losses(exact);
    const auto one = std::make_shared<training<float>>(of);
    std::vector<contestant> all{
        peak_limit(3 * sequences * flops)};  // of the input there is no gradient: a twelfth less
    all.front().scale -= peak_limit(2.0 * sequences * 3.0 * count * width * width).scale;
    all.push_back(
        {.who = "sinter", .note = "sinter", .measure = timed([one] { do_not_optimise(one->step()); }), .error = [=] {
             return largest_difference(losses(*one), reference);
         }});
    enter_processes(s, row, of, all, [=](const auto& found) { return largest_difference(found, reference); });
    s.measure(row, 1e-4, std::move(all));
}

void forward(suite& s, const data& of) {
    const std::string row = "attention-64x256x8-m32-forward";
    if (!s.wants(row)) return;
    const model<float> net{sinter::seed{1}};
    std::vector<std::vector<float>> p;
    for (const auto& one : net.parameters()) {
        std::vector<float> values = one.values(), own = values;
        if (one.shape().size() == 2)  // (outputs, inputs) in files, (inputs, outputs) in a function
            for (std::size_t i = 0; i < width; ++i)
                for (std::size_t o = 0; o < width; ++o) own[i * width + o] = values[o * width + i];
        p.push_back(own);
    }
    std::vector<double> wanted;  // by the network as it is trained, in double precision
    {
        model<double> wide{sinter::seed{1}};
        const std::vector<double> x(of.x.begin(), of.x.end());
        wanted = predict(wide, sinter::columns{sinter::column(x, count * width), sinter::column(of.lengths)});
    }
    const auto f =
        std::make_shared<sinter::layer_function<attention, sinter::samples<sinter::shape<count, width>, sequences>,
                                                sinter::samples<sinter::integers<sinter::shape<1>>, sequences>>>();
    std::vector<float> y(of.y.size());
    const auto run = [&, f] { f->into(y, of.x, of.lengths, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]); };
    std::vector<contestant> all{peak_limit(sequences * flops)};
    all.push_back({.who = "sinter", .note = "sinter", .measure = timed(run), .error = [&] {
                       run();
                       return largest_difference(y, wanted);
                   }});
    enter_processes(s, row, of, all, [=](const auto& found) { return largest_difference(found, wanted); });
    s.measure(row, 1e-4, std::move(all));
}

}  // namespace

int main(int argc, char** argv) {
    suite s{"attention", argc, argv};
    const data of = some_data();
    forward(s, of);
    step(s, of);
    return s.exit_code();
}
