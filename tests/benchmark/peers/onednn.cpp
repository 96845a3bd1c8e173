// SPDX-License-Identifier: BSL-1.0
// The peer `onednn`: a step by hand over its sgemm, plain loops for the rest; inner products with packed weights for
// inference; its convolutions and products of pairs.

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

// ---- convolutions, and products of pairs

using memory = dnnl::memory;
using layout = memory::format_tag;

const dnnl::engine& the_engine() {
    static const dnnl::engine one{dnnl::engine::kind::cpu, 0};
    return one;
}
memory::desc of_floats(const memory::dims& shape, layout order) { return {shape, memory::data_type::f32, order}; }

/// A convolution in the library's own orders, or with samples in the task's. Operands are brought into them before, the
/// result afterwards: neither is timed.
class convolution {
public:
    convolution(const convolution_task& t, bool own_orders) : t_{t}, stream_{the_engine()} {
        const convolution_case& c = t.of;
        const bool image = c.axes == 2, grouped = c.groups > 1;
        const auto along = [&](memory::dims before, int of) {
            for (int k = 0; k < c.axes; ++k) before.push_back(of);
            return before;
        };
        const memory::dims x = along({t.samples, c.channels}, c.extent), y = along({t.samples, c.filters}, c.out());
        const memory::dims w = grouped ? along({c.groups, c.filters / c.groups, c.read()}, c.kernel)
                                       : along({c.filters, c.read()}, c.kernel);
        const layout plain = image ? layout::nhwc : layout::nwc;
        const layout filters = image ? layout::hwio : layout::wio, in_groups = image ? layout::hwigo : layout::wigo;
        const auto chosen = [&](const memory::dims& shape, layout order) {
            return of_floats(shape, own_orders ? layout::any : order);
        };
        const memory::desc dx = chosen(x, plain), dy = chosen(y, plain), dw = of_floats(w, layout::any);
        const memory::dims step = along({}, c.stride), spread = along({}, c.dilation - 1),
                           margin = along({}, c.padding);
        // Winograd's algorithm, which `auto` may choose, multiplies less often than the sums do, and rounds more.
        const auto by = dnnl::algorithm::convolution_direct;
        const dnnl::convolution_forward::primitive_desc forward(
            {dnnl::prop_kind::forward_training, by, dx, dw, dy, step, spread, margin, margin}, the_engine());
        // Plain arrays of the task. Filters of the task lie (.., read, filters), which is (.., read, group, each).
        const memory::desc given_x = of_floats(x, plain), given_y = of_floats(y, plain);
        const memory::desc given_w = of_floats(w, grouped ? in_groups : filters);
        const auto from = [&](const float* at, const memory::desc& order, const memory::desc& wanted) {
            memory own(wanted, the_engine());
            memory task(order, the_engine(), const_cast<float*>(at));
            dnnl::reorder(task, own).execute(stream_, task, own);
            stream_.wait();
            return own;
        };
        if (t.to == direction::forward) {
            primitive_ = dnnl::convolution_forward(forward);
            arguments_ = {{DNNL_ARG_SRC, from(t.x, given_x, forward.src_desc())},
                          {DNNL_ARG_WEIGHTS, from(t.w, given_w, forward.weights_desc())}};
            keep(DNNL_ARG_DST, forward.dst_desc(), given_y);
        } else if (t.to == direction::data) {
            const dnnl::convolution_backward_data::primitive_desc back({by, dx, dw, dy, step, spread, margin, margin},
                                                                       the_engine(), forward);
            primitive_ = dnnl::convolution_backward_data(back);
            arguments_ = {{DNNL_ARG_DIFF_DST, from(t.d, given_y, back.diff_dst_desc())},
                          {DNNL_ARG_WEIGHTS, from(t.w, given_w, back.weights_desc())}};
            keep(DNNL_ARG_DIFF_SRC, back.diff_src_desc(), given_x);
        } else {
            const dnnl::convolution_backward_weights::primitive_desc back(
                {by, dx, dw, dy, step, spread, margin, margin}, the_engine(), forward);
            primitive_ = dnnl::convolution_backward_weights(back);
            arguments_ = {{DNNL_ARG_DIFF_DST, from(t.d, given_y, back.diff_dst_desc())},
                          {DNNL_ARG_SRC, from(t.x, given_x, back.src_desc())}};
            keep(DNNL_ARG_DIFF_WEIGHTS, back.diff_weights_desc(), given_w);
        }
    }
    void run() {
        primitive_.execute(stream_, arguments_);
        stream_.wait();
    }
    void fetch() {
        memory task(order_, the_engine(), t_.y);
        dnnl::reorder(result_, task).execute(stream_, result_, task);
        stream_.wait();
    }

private:
    void keep(int argument, const memory::desc& own, const memory::desc& order) {
        result_ = memory(own, the_engine());
        order_ = order;
        arguments_.insert({argument, result_});
    }
    convolution_task t_;
    dnnl::stream stream_;
    dnnl::primitive primitive_;
    std::unordered_map<int, memory> arguments_;
    memory result_;
    memory::desc order_;
};

std::vector<job_with_result> ways_of(const convolution_task& t) {
    std::vector<job_with_result> all;
    for (const bool own_orders : {true, false}) try {
            const auto one = std::make_shared<convolution>(t, own_orders);
            all.push_back({[one] { one->run(); }, [one] { one->fetch(); }});
        } catch (const dnnl::error&) {  // no such primitive
        }
    return all;
}

std::function<void()> products_of(const batch_case& c, const float* a, const float* b, float* y) {
    const memory::desc left = of_floats({c.count, c.rows, c.depth}, layout::abc),
                       right = of_floats({c.count, c.depth, c.columns}, c.transposed ? layout::acb : layout::abc),
                       result = of_floats({c.count, c.rows, c.columns}, layout::abc);
    const dnnl::matmul primitive(dnnl::matmul::primitive_desc({left, right, result}, the_engine()));
    const std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, memory(left, the_engine(), const_cast<float*>(a))},
        {DNNL_ARG_WEIGHTS, memory(right, the_engine(), const_cast<float*>(b))},
        {DNNL_ARG_DST, memory(result, the_engine(), y)}};
    return [=, stream = dnnl::stream(the_engine())]() mutable {
        primitive.execute(stream, arguments);
        stream.wait();
    };
}

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
     },
     .convolve = ways_of,
     .batch = products_of}};

}  // namespace
}  // namespace benchmark
