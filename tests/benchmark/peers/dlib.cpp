// SPDX-License-Identifier: BSL-1.0
// The peer `dlib`: a typed network, its own loss and solvers.

#include "../task.hpp"

#include <dlfcn.h>
#include <dlib/dnn.h>
#include <dlib/revision.h>

#include <filesystem>

namespace benchmark {
namespace {

using image = dlib::matrix<float, 1, pixels>;
using hidden_layers = dlib::fc<classes, dlib::relu<dlib::fc<hidden, dlib::input<image>>>>;
using network = dlib::loss_multiclass_log<hidden_layers>;

/// dlib keeps a layer's weight and its bias as one tensor, the bias last.
template <class Layer>
void set(Layer& layer, const std::vector<float>& weight, const std::vector<float>& bias) {
    dlib::tensor& all = layer.layer_details().get_layer_params();
    float* const to = all.host_write_only();
    std::copy(bias.begin(), bias.end(), std::copy(weight.begin(), weight.end(), to));
}

void start(network& net, const task& job, const std::vector<image>& images) {
    dlib::resizable_tensor x;
    net.to_tensor(images.begin(), images.end(), x);
    net.forward(x);  // allocates the parameters
    set(dlib::layer<1>(net), job.weight2, job.bias2);
    set(dlib::layer<3>(net), job.weight1, job.bias1);
}

template <class Solver>
class dlib_training final : public training {
public:
    dlib_training(const task& job, int rows, const Solver& solver, double rate)
        : job_{job}
        , rate_{rate}
        , images_(static_cast<std::size_t>(rows))
        , labels_(images_.size())
        , solvers_(network::num_computational_layers, solver) {
        start(net_, job, images_);
    }
    double step(minibatch samples) override {
        for (std::size_t r = 0; r < samples.size(); ++r) {
            const std::uint8_t* const bytes = job_.bytes.data() + std::size_t{samples[r]} * pixels;
            for (int i = 0; i < pixels; ++i) images_[r](i) = static_cast<float>(bytes[i]) * task::scale;
            labels_[r] = job_.labels[samples[r]];
        }
        net_.to_tensor(images_.begin(), images_.end(), x_);
        const double loss = net_.compute_parameter_gradients(x_, labels_.begin());
        net_.update_parameters(dlib::make_sstack(solvers_), rate_);
        return loss;
    }

private:
    const task& job_;
    double rate_;
    network net_;
    std::vector<image> images_;
    std::vector<unsigned long> labels_;
    std::vector<Solver> solvers_;
    dlib::resizable_tensor x_;
};

// ---- networks of images

using picture = dlib::matrix<float, 28, 28>;
template <long Filters, long Window, int Padding, class Below>
using convolved = dlib::add_layer<dlib::con_<Filters, Window, Window, 1, 1, Padding, Padding>, Below>;
template <class Below>
using pooled = dlib::max_pool<2, 2, 2, 2, dlib::relu<Below>>;
using lenet = dlib::loss_multiclass_log<
    dlib::fc<10, dlib::relu<dlib::fc<
                     84, dlib::relu<dlib::fc<
                             120, pooled<convolved<16, 5, 0, pooled<convolved<6, 5, 2, dlib::input<picture>>>>>>>>>>>;
template <int Padding>
using two_convolutions = dlib::loss_multiclass_log<
    dlib::fc<10, pooled<convolved<64, 3, Padding, pooled<convolved<32, 3, Padding, dlib::input<picture>>>>>>>;

/// From the last layer to the first; fc has (inputs, outputs), convolutions PyTorch's order.
class from_torch {
public:
    explicit from_torch(const parameters_of_images& all) : all_{all} {}
    template <class Details>
    void operator()(std::size_t, Details& layer) {
        dlib::tensor& all = layer.get_layer_params();
        if (all.size() == 0) return;
        next_ -= 2;
        const std::vector<float>&w = all_[next_], &b = all_[next_ + 1];
        float* const to = all.host_write_only();
        const std::size_t outputs = b.size(), inputs = w.size() / outputs;
        for (std::size_t o = 0; o < outputs; ++o)
            for (std::size_t i = 0; i < inputs; ++i)
                to[is_dense(layer) ? i * outputs + o : o * inputs + i] = w[o * inputs + i];
        std::copy(b.begin(), b.end(), to + w.size());
    }

private:
    template <class Details>
    static constexpr bool is_dense(const Details&) {
        return false;
    }
    template <unsigned long Outputs, dlib::fc_bias_mode Bias>
    static constexpr bool is_dense(const dlib::fc_<Outputs, Bias>&) {
        return true;
    }
    const parameters_of_images& all_;
    std::size_t next_ = all_.size();
};

template <class Net>
class training_of_images final : public training {
public:
    training_of_images(const task& job, const parameters_of_images& start)
        : job_{job}
        , images_(64)
        , labels_(images_.size())
        , solvers_(Net::num_computational_layers, dlib::adam(0, adam_parameters.beta1, adam_parameters.beta2)) {
        net_.to_tensor(images_.begin(), images_.end(), x_);
        net_.forward(x_);  // allocates the parameters
        dlib::visit_computational_layers(net_, from_torch(start));
    }
    double step(minibatch samples) override {
        for (std::size_t r = 0; r < samples.size(); ++r) {
            const std::uint8_t* const bytes = job_.bytes.data() + std::size_t{samples[r]} * pixels;
            for (int i = 0; i < pixels; ++i) images_[r](i / 28, i % 28) = static_cast<float>(bytes[i]) * task::scale;
            labels_[r] = job_.labels[samples[r]];
        }
        net_.to_tensor(images_.begin(), images_.end(), x_);
        const double loss = net_.compute_parameter_gradients(x_, labels_.begin());
        net_.update_parameters(dlib::make_sstack(solvers_), static_cast<double>(adam_parameters.rate));
        return loss;
    }

private:
    const task& job_;
    Net net_;
    std::vector<picture> images_;
    std::vector<unsigned long> labels_;
    std::vector<dlib::adam> solvers_;
    dlib::resizable_tensor x_;
};

class dlib_classifier final : public classifier {
public:
    dlib_classifier(const task& job, int count) {
        start(net_, job, std::vector<image>(static_cast<std::size_t>(count)));
        x_.set_size(count, 1, 1, pixels);
    }
    const float* outputs(const float* inputs) override {
        std::copy_n(inputs, x_.size(), x_.host_write_only());
        return net_.subnet().forward(x_).host();
    }

private:
    network net_;
    dlib::resizable_tensor x_;
};

/// What dlib's layer `con` calls; its samples are (channels, height, width).
class convolution {
public:
    explicit convolution(const convolution_task& t) : t_{t} {
        const convolution_case& c = t.of;
        x_.set_size(t.samples, c.channels, c.rows(), c.extent);
        w_.set_size(c.filters, c.channels, c.kernel_rows(), c.kernel);
        y_.set_size(t.samples, c.filters, c.out_rows(), c.out());
        const int image = c.rows() * c.extent, result = c.out_rows() * c.out();
        move(const_cast<float*>(t.x), x_.host_write_only(), t.samples, image, c.channels, false);
        move(const_cast<float*>(t.w), w_.host_write_only(), 1, c.kernel_rows() * c.kernel * c.channels, c.filters,
             false);
        // Of a filter the places and the channels are exchanged, too.
        const std::vector<float> turned(w_.host(), w_.host() + w_.size());
        for (int f = 0; f < c.filters; ++f)
            move(const_cast<float*>(turned.data()) + f * place_count() * c.channels,
                 w_.host() + f * place_count() * c.channels, 1, place_count(), c.channels, false);
        move(const_cast<float*>(t.d), y_.host_write_only(), t.samples, result, c.filters, false);
        conv_.setup(x_, w_, c.stride, c.stride, c.padding, c.padding);
    }
    void run() {
        if (t_.to == direction::forward)
            conv_(false, y_, x_, w_);
        else if (t_.to == direction::data)
            conv_.get_gradient_for_data(false, y_, w_, x_);
        else
            conv_.get_gradient_for_filters(false, y_, x_, w_);
    }
    void fetch() {
        const convolution_case& c = t_.of;
        if (t_.to == direction::forward) {
            move(t_.y, y_.host(), t_.samples, c.out_rows() * c.out(), c.filters, true);
        } else if (t_.to == direction::data) {
            move(t_.y, x_.host(), t_.samples, c.rows() * c.extent, c.channels, true);
        } else {
            const float* const w = w_.host();
            for (int f = 0; f < c.filters; ++f)
                for (int k = 0; k < c.channels; ++k)
                    for (int place = 0; place < place_count(); ++place)
                        t_.y[(place * c.channels + k) * c.filters + f] =
                            w[(f * c.channels + k) * place_count() + place];
        }
    }

private:
    int place_count() const { return t_.of.kernel_rows() * t_.of.kernel; }
    /// (count, rows, columns) of the task to (count, columns, rows), or back.
    static void move(float* task, float* own, int count, int rows, int columns, bool back) {
        for (int n = 0; n < count; ++n, task += rows * columns, own += rows * columns)
            for (int r = 0; r < rows; ++r)
                for (int k = 0; k < columns; ++k) {
                    float &here = task[r * columns + k], &there = own[k * rows + r];
                    back ? here = there : there = here;
                }
    }
    convolution_task t_;
    dlib::resizable_tensor x_, w_, y_;
    dlib::tt::tensor_conv conv_;
};

/// Which BLAS the loader chose decides dlib's speed.
std::string blas() {
    Dl_info at;
    void* const symbol = dlsym(RTLD_DEFAULT, "cblas_sgemm");
    return symbol != nullptr && dladdr(symbol, &at) != 0 ? std::filesystem::canonical(at.dli_fname).string() : "none";
}

const registration typed_dlib{{.who = "dlib",
                               .version = "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." +
                                          std::to_string(DLIB_MINOR_VERSION) + ", BLAS: " + blas(),
                               .slack = other_epsilon,
                               .train = [](const task& job, rule by, int rows) -> std::unique_ptr<training> {
                                   if (by == rule::adam)
                                       return std::make_unique<dlib_training<dlib::adam>>(
                                           job, rows, dlib::adam(0, adam_parameters.beta1, adam_parameters.beta2),
                                           static_cast<double>(adam_parameters.rate));
                                   return std::make_unique<dlib_training<dlib::sgd>>(
                                       job, rows, dlib::sgd(0, 0), static_cast<double>(sgd_parameters.rate));
                               },
                               .infer = [](const task& job, int count) -> std::unique_ptr<classifier> {
                                   return std::make_unique<dlib_classifier>(job, count);
                               },
                               .train_images = [](const task& job, image_network which,
                                                  const parameters_of_images& start) -> std::unique_ptr<training> {
                                   if (which == image_network::lenet)
                                       return std::make_unique<training_of_images<lenet>>(job, start);
                                   if (which == image_network::two_convolutions)
                                       return std::make_unique<training_of_images<two_convolutions<0>>>(job, start);
                                   return std::make_unique<training_of_images<two_convolutions<1>>>(job, start);
                               },
                               .convolve = [](const convolution_task& t) -> std::vector<job_with_result> {
                                   if (t.of.groups > 1 || t.of.dilation > 1) return {};
                                   const auto one = std::make_shared<convolution>(t);
                                   return {{[one] { one->run(); }, [one] { one->fetch(); }}};
                               }}};

}  // namespace
}  // namespace benchmark
