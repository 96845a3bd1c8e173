// SPDX-License-Identifier: BSL-1.0
// Replaces the file that it is given by 40,000 letters n, for failing_calls.py. Prints the error if there is one.
#include <sinter/meta/replace_file.hpp>

#include <cstdio>

int main(int count, char** arguments) {
    if (count != 2) return 2;
    static_cast<void>(::access("/the/calls/that/count/begin/here", F_OK));
    const auto saved = sinter::replace_file(std::string(arguments[1]), [](sinter::output_file& file) {
        const std::string part(10'000, 'n');
        return file.write(part) && file.write(part) && file.write(part) && file.write(part);
    });
    static_cast<void>(::access("/the/calls/that/count/end/here", F_OK));
    if (!saved) std::printf("%s\n", saved.error().message.c_str());
    return saved ? 0 : 1;
}
