#pragma once
// The plain alternative of an HTML mail. Pure.

#include <string>
#include <string_view>

namespace dormouse::net {

/// What a reader of `html` sees, as UTF-8 lines ending in '\n': paragraphs with a blank line between them, list items
/// after "- ", table cells after each other, the target of a link in brackets after its text, an image's alt text.
/// Styles, scripts and comments are left out. Never fails: tag soup gives what a browser would make of it, except
/// that nothing is read behind the 256th element within each other.
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace dormouse::net
