#pragma once
// The description of a configuration, as data: every key with its type, unit, range and words, bound to the member it
// fills. `keys.cpp` writes it down once; loading (reader), the JSON Schema, the reference page and `config check
// --json` are four ways of walking it.

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "config/checks.hpp"

#include <boost/json/object.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dormouse::config {

struct section;

/// What a text must be.
struct text_rule {
    std::string pattern;              ///< ECMAScript, whole text; empty = any. Also goes into the JSON Schema.
    std::string expected = "a text";  ///< Names the pattern to people: "expected <this>".
    std::function<complaint(const std::string&)> check;  ///< After the pattern; empty = none.
    std::size_t max_bytes = 4096;
    bool may_echo = true;  ///< False: never shown in a message (it may carry a password).
};

struct duration_key {
    base::ms* value;
    base::ms min;
    base::ms max;
};
struct size_key {
    std::uint64_t* value;
    std::uint64_t min;
    std::uint64_t max;
};
struct number_key {
    std::function<std::int64_t()> get;
    std::function<void(std::int64_t)> set;
    std::int64_t min;
    std::int64_t max;
};
struct flag_key {
    bool* value;
};
struct choice_key {
    std::vector<std::string> names;
    std::function<std::size_t()> get;
    std::function<void(std::size_t)> set;
};
struct text_key {
    std::string* value;
    text_rule rule;
};
/// Three keys in the file: the name itself, `<name>_file` and `<name>_credential`; at most one of them.
struct secret_key {
    base::secret* value;
    std::size_t min_bytes;
};
struct text_list_key {
    std::vector<std::string>* value;
    text_rule rule;
    std::size_t max_count;
};
struct port_list_key {
    std::vector<std::uint16_t>* value;
};
/// A mapping of names to whole numbers, in the order of the file; at least one.
struct weights_key {
    std::function<void()> clear;
    std::function<void(std::string, int)> add;
    std::function<std::vector<std::pair<std::string, int>>()> all;
    text_rule name;
    int max;
};
/// A mapping of header names to values. The values are treated as secrets.
struct headers_key {
    std::vector<std::pair<std::string, std::string>>* value;
    std::size_t max_count;
    std::size_t max_bytes;  ///< Of one name and value together.
};
/// A mapping of any form, taken over as JSON.
struct json_key {
    boost::json::object* value;
    std::size_t max_bytes;  ///< About: of all that is in it.
};
/// A list of records of the same form.
struct records_key {
    std::function<void(std::size_t)> resize;
    std::function<std::size_t()> size;
    std::function<section(std::size_t)> at;  ///< Bound to that record; valid until the next resize.
};
/// A mapping with keys of its own.
struct section_key {
    std::function<section()> open;
};

using key_type =
    std::variant<duration_key, size_key, number_key, flag_key, choice_key, text_key, secret_key, text_list_key,
                 port_list_key, weights_key, headers_key, json_key, records_key, section_key>;

/// One key of a section.
struct entry {
    std::string name;
    std::string doc;  ///< One or two sentences for operators, in Markdown without line breaks.
    key_type type;
    bool required = false;
};

/// The keys of one mapping, in the order of the example file. The builders append and return the entry, so that
/// `.required = true` can follow. Bound members must outlive the section.
struct section {
    std::vector<entry> entries;

    entry& duration(std::string name, base::ms& value, base::ms min, base::ms max, std::string doc);
    entry& size(std::string name, std::uint64_t& value, std::uint64_t min, std::uint64_t max, std::string doc);
    entry& flag(std::string name, bool& value, std::string doc);
    entry& text(std::string name, std::string& value, text_rule rule, std::string doc);
    entry& secret(std::string name, base::secret& value, std::size_t min_bytes, std::string doc);
    entry& add(std::string name, key_type type, std::string doc);

    template <std::integral Integer>
    entry& number(std::string name, Integer& value, std::int64_t min, std::int64_t max, std::string doc) {
        return add(std::move(name),
                   number_key{[&value] { return static_cast<std::int64_t>(value); },
                              [&value](std::int64_t v) { value = static_cast<Integer>(v); }, min, max},
                   std::move(doc));
    }

    /// `values[i]` is written as `names[i]`.
    template <class Enum>
    entry& choice(std::string name, Enum& value, std::vector<std::string> names, const std::vector<Enum>& values,
                  std::string doc) {
        auto get = [&value, values] {
            std::size_t i = 0;
            while (i + 1 < values.size() && values[i] != value) ++i;
            return i;
        };
        auto set = [&value, values](std::size_t i) { value = values[i]; };
        return add(std::move(name), choice_key{std::move(names), std::move(get), std::move(set)}, std::move(doc));
    }

    template <class Settings>
    entry& within(std::string name, Settings& value, void (*describe)(section&, Settings&), std::string doc) {
        return add(std::move(name), section_key{[&value, describe] {
                       section inner;
                       describe(inner, value);
                       return inner;
                   }},
                   std::move(doc));
    }

    template <class Record>
    entry& records(std::string name, std::vector<Record>& value, void (*describe)(section&, Record&), std::string doc) {
        return add(std::move(name),
                   records_key{[&value](std::size_t n) { value.resize(n); }, [&value] { return value.size(); },
                               [&value, describe](std::size_t i) {
                                   section inner;
                                   describe(inner, value[i]);
                                   return inner;
                               }},
                   std::move(doc));
    }
};

/// The three spellings of a secret key, in this order: value, file, credential.
inline constexpr std::string_view file_suffix = "_file";
inline constexpr std::string_view credential_suffix = "_credential";

/// What a value must be, for people: "a duration from 1s to 10m", "one of json, human".
[[nodiscard]] std::string expectation(const key_type& type);

/// Helper of `std::visit`: one lambda for each type.
template <class... Lambdas>
struct overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <class... Lambdas>
overloaded(Lambdas...) -> overloaded<Lambdas...>;

}  // namespace dormouse::config
