// SPDX-License-Identifier: BSL-1.0
// The peer `onednn`: a step by hand over its sgemm, plain loops for the rest; inner products with packed weights for
// inference.

#include "../loops.hpp"

#include <dnnl.hpp>

#include <unordered_map>

namespace benchmark {
namespace {

/// c (rows, columns) = left right, or with the left one transposed, or the right one.
void multiply(char left, char right, int rows, int columns, int depth, const float* a, const float* b, float* c) {
    dnnl_sgemm(left, right, rows, columns, depth, 1, a, left == 'N' ? depth : rows, b, right == 'N' ? columns : depth,
               0, c, columns);
}

void add_row(const std::vector<float>& row, std::vector<float>& to, int rows, bool relu) {
    const std::size_t columns = row.size();
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
        for (std::size_t j = 0; j < columns; ++j) {
            const float y = to[r * columns + j] + row[j];
            to[r * columns + j] = relu ? std::max(y, 0.0F) : y;
        }
}

void sum_columns(const std::vector<float>& of, std::vector<float>& sums, int rows) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += of[r * sums.size() + j];
}

class sgemm_training final : public training, hand_written<float> {
public:
    using hand_written::hand_written;
    double step(minibatch samples) override {
        const int rows = static_cast<int>(samples.size());
        gather_bytes(from, samples, x.data(), labels.data());
        multiply('N', 'N', rows, hidden, pixels, x.data(), weight1.value.data(), h.data());
        add_row(bias1.value, h, rows, true);
        multiply('N', 'N', rows, classes, hidden, h.data(), weight2.value.data(), y.data());
        add_row(bias2.value, y, rows, false);
        const double loss = cross_entropy_and_gradient(y.data(), labels.data(), rows);
        multiply('T', 'N', hidden, classes, rows, h.data(), y.data(), weight2.gradient.data());
        sum_columns(y, bias2.gradient, rows);
        multiply('N', 'T', rows, hidden, classes, y.data(), weight2.value.data(), dh.data());
        for (std::size_t i = 0; i < dh.size(); ++i) dh[i] = h[i] > 0 ? dh[i] : 0;
        multiply('T', 'N', pixels, hidden, rows, x.data(), dh.data(), weight1.gradient.data());
        sum_columns(dh, bias1.gradient, rows);
        update();
        return loss;
    }
};

class packed_classifier final : public classifier {
public:
    packed_classifier(const task& job, int count)
        : h_(static_cast<std::size_t>(count) * hidden)
        , y_(static_cast<std::size_t>(count) * classes)
        , first_{*this, job.weight1, job.bias1, count, pixels, hidden, true}
        , second_{*this, job.weight2, job.bias2, count, hidden, classes, false} {}
    const float* outputs(const float* inputs) override {
        first_.run(stream_, const_cast<float*>(inputs), h_.data());
        second_.run(stream_, h_.data(), y_.data());
        stream_.wait();
        return y_.data();
    }

private:
    using memory = dnnl::memory;
    using layout = memory::format_tag;

    struct layer {
        dnnl::inner_product_forward primitive;
        memory x, weight, bias, y;
        layer(packed_classifier& of, const std::vector<float>& w, const std::vector<float>& b, int count, int in,
              int out, bool relu) {
            const auto plain = [](memory::dims shape, layout order) {
                return memory::desc(shape, memory::data_type::f32, order);
            };
            const auto any = memory::desc({out, in}, memory::data_type::f32, layout::any);
            dnnl::post_ops after;
            if (relu) after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
            dnnl::primitive_attr attributes;
            attributes.set_post_ops(after);
            const dnnl::inner_product_forward::primitive_desc chosen(
                {dnnl::prop_kind::forward_inference, plain({count, in}, layout::nc), any, plain({out}, layout::x),
                 plain({count, out}, layout::nc)},
                attributes, of.engine_);
            primitive = dnnl::inner_product_forward(chosen);
            x = memory(chosen.src_desc(), of.engine_, nullptr);
            y = memory(chosen.dst_desc(), of.engine_, nullptr);
            weight = memory(chosen.weights_desc(), of.engine_);
            bias = memory(chosen.bias_desc(), of.engine_);
            std::copy(b.begin(), b.end(), static_cast<float*>(bias.get_data_handle()));
            memory rows(plain({out, in}, layout::io), of.engine_, const_cast<float*>(w.data()));
            dnnl::reorder(rows, weight).execute(of.stream_, rows, weight);
            of.stream_.wait();
            arguments = {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, weight}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, y}};
        }
        void run(dnnl::stream& stream, float* from, float* to) {
            x.set_data_handle(from);
            y.set_data_handle(to);
            primitive.execute(stream, arguments);
        }
        std::unordered_map<int, memory> arguments;
    };

    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    std::vector<float> h_, y_;
    layer first_, second_;
};

std::string version() {
    const dnnl_version_t* const v = dnnl_version();
    return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch) +
           ", its own sgemm";
}

const registration onednn{
    {.who = "onednn",
     .version = version(),
     .train = [](const task& job, rule by, int rows) -> std::unique_ptr<training> {
         return std::make_unique<sgemm_training>(job, by, rows);
     },
     .infer = [](const task& job, int count) -> std::unique_ptr<classifier> {
         return std::make_unique<packed_classifier>(job, count);
     },
     .product = [](const float* a, const float* b, float* c, product_shape s) -> std::function<void()> {
         return [=] { multiply('N', 'N', s.rows, s.columns, s.depth, a, b, c); };
     }}};

}  // namespace
}  // namespace benchmark
