#include "queue/json_text.hpp"

#include <boost/json/parser.hpp>

namespace dormouse::queue {

namespace {

namespace json = boost::json;

// How many members the text would have if no key came twice: every `:` outside strings is one.
std::size_t members_written(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ':') {
            ++count;
        } else if (text[i] == '"') {
            for (++i; i < text.size() && text[i] != '"'; ++i)
                if (text[i] == '\\') ++i;
        }
    }
    return count;
}

std::size_t members_kept(const json::value& v) noexcept {
    std::size_t count = 0;
    if (const auto* object = v.if_object()) {
        count += object->size();
        for (const auto& member : *object) count += members_kept(member.value());
    } else if (const auto* array = v.if_array()) {
        for (const auto& element : *array) count += members_kept(element);
    }
    return count;
}

}  // namespace

boost::system::result<json::value, const char*> parse_strict(std::string_view text) {
    json::parse_options options;
    options.max_depth = 32;
    json::parser parser{{}, options};
    boost::system::error_code code;
    parser.write(text, code);
    if (code) return {boost::system::in_place_error, "not valid JSON"};
    auto value = parser.release();
    if (members_kept(value) != members_written(text))
        return {boost::system::in_place_error, "a key stands twice in one object"};
    return value;
}

}  // namespace dormouse::queue
