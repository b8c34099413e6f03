#include "cli/app.hpp"

#include <iostream>

int main(int argc, char** argv) { return static_cast<int>(dormouse::cli::run(argc, argv, std::cout, std::cerr)); }
