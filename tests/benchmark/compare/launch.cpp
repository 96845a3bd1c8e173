// SPDX-License-Identifier: BSL-1.0
// launch REPORT COMMAND…: runs a command; REPORT gets its wall seconds, user seconds and largest memory in KiB.
//
// A small parent: what the system says of a child's memory includes its parent's, from before the program began.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int, char** argv) {
    const auto start = std::chrono::steady_clock::now();
    const pid_t id = vfork();
    if (id == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status = 0;
    rusage used{};
    wait4(id, &status, 0, &used);
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::FILE* const report = std::fopen(argv[1], "w");
    if (report == nullptr) return 126;
    std::fprintf(report, "%.6f %.6f %ld\n", wall,
                 static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) * 1e-6,
                 used.ru_maxrss);
    std::fclose(report);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
