#pragma once
// Collects what is wrong with one file, and remembers where each key stood, so that rules about several keys can name
// a line.

#include "config/load.hpp"

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dormouse::config {

/// From 1; 0 = unknown.
struct place {
    int line = 0;
    int column = 0;
};

class report {
public:
    explicit report(std::string file) : file_{std::move(file)} {}

    void add(place where, const std::string& path, std::string text);

    /// For a rule about several keys: blames the first path, at the place of the first path that the file gives. Says
    /// nothing when one of the paths has a problem already: its value is not the one that was meant.
    void complain(std::initializer_list<std::string> paths, std::string text);

    void remember(const std::string& path, place where) { places_.emplace(path, where); }
    [[nodiscard]] bool is_given(const std::string& path) const { return places_.contains(path); }
    [[nodiscard]] place where(const std::string& path) const;
    [[nodiscard]] bool is_sound(const std::string& path) const { return !blamed_.contains(path); }

    /// In the order of the file; those without a line first.
    [[nodiscard]] std::vector<problem> take() { return std::move(problems_); }

private:
    std::string file_;
    std::vector<problem> problems_;
    std::map<std::string, place> places_;
    std::set<std::string> blamed_;
};

}  // namespace dormouse::config
