# SPDX-License-Identifier: BSL-1.0
cmake_minimum_required(VERSION 3.16)
project(program LANGUAGES CXX)

find_package(sinter 0.1 REQUIRED)
add_executable(program program.cpp)
target_link_libraries(program PRIVATE sinter::sinter)
