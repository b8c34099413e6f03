#include "net/html_text.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

namespace dormouse::net {

namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::ranges::find(names, name) != names.end();
}

constexpr std::array<std::string_view, 7> hidden{"head", "style", "script", "title", "template", "object", "noscript"};
constexpr std::array<std::string_view, 20> paragraphs{
    "p",   "h1",         "h2",    "h3",   "h4", "h5",      "h6",      "ul",     "ol",     "dl",
    "pre", "blockquote", "table", "form", "hr", "article", "section", "header", "footer", "figure"};
constexpr std::array<std::string_view, 8> lines{"div", "li", "tr", "dt", "dd", "center", "caption", "address"};

std::string_view text_of(const xmlChar* s) {
    return s == nullptr ? std::string_view{} : std::string_view{reinterpret_cast<const char*>(s)};
}

std::string attribute(xmlNode* node, const char* name) {
    const std::unique_ptr<xmlChar, decltype(xmlFree)> value{xmlGetProp(node, reinterpret_cast<const xmlChar*>(name)),
                                                            xmlFree};
    return std::string{text_of(value.get())};
}

// Collects words; breaks become real when the next word comes, so that no text begins or ends with one.
class writer {
public:
    void word(std::string_view w) {
        if (w.empty()) return;
        if (!out_.empty()) {
            if (breaks_ > 0)
                out_.append(breaks_, '\n');
            else if (space_)
                out_ += ' ';
        }
        out_ += w;
        breaks_ = 0;
        space_ = false;
    }
    void space() { space_ = true; }
    void line(std::size_t breaks) { breaks_ = std::max(breaks_, breaks); }
    void another_line() { breaks_ = std::min<std::size_t>(breaks_ + 1, 2); }
    void words(std::string_view text) {
        // A no-break space is white space to a reader of plain text, too.
        const auto white = [&](std::size_t i) -> std::size_t {
            if (std::string_view{" \t\r\n\f"}.find(text[i]) != std::string_view::npos) return 1;
            return text.substr(i, 2) == "\xC2\xA0" ? 2 : 0;
        };
        for (std::size_t i = 0; i < text.size();) {
            if (const auto skip = white(i)) {
                space();
                i += skip;
                continue;
            }
            const auto first = i;
            while (i < text.size() && white(i) == 0) ++i;
            word(text.substr(first, i - first));
        }
    }
    [[nodiscard]] std::string take() {
        if (!out_.empty()) out_ += '\n';
        return std::move(out_);
    }

private:
    std::string out_;
    std::size_t breaks_ = 0;
    bool space_ = false;
};

void enter(writer& out, xmlNode* node, std::string_view name) {
    if (name == "br")
        out.another_line();
    else if (is_one_of(name, paragraphs))
        out.line(2);
    else if (is_one_of(name, lines))
        out.line(1);
    else if (name == "td" || name == "th")
        out.space();
    if (name == "li") {
        out.word("-");
        out.space();
    }
    if (name == "img") out.words(attribute(node, "alt"));
}

// The target of a link, unless it is the text itself or leads nowhere without the page.
void close_link(writer& out, xmlNode* node) {
    const auto target = attribute(node, "href");
    const std::unique_ptr<xmlChar, decltype(xmlFree)> shown{xmlNodeGetContent(node), xmlFree};
    if (target.empty() || target.front() == '#' || target == text_of(shown.get())) return;
    const bool mail = target == "mailto:" + std::string{text_of(shown.get())};
    if (mail || target.starts_with("javascript:")) return;
    out.space();
    out.words("(" + target + ")");
}

void leave(writer& out, xmlNode* node, std::string_view name) {
    if (name == "a") close_link(out, node);
    if (is_one_of(name, paragraphs))
        out.line(2);
    else if (is_one_of(name, lines))
        out.line(1);
}

// Without recursion: the depth of the page is its author's choice.
void walk(writer& out, xmlNode* root) {
    for (xmlNode* node = root; node != nullptr;) {
        const bool element = node->type == XML_ELEMENT_NODE;
        const auto name = text_of(node->name);
        if (element)
            enter(out, node, name);
        else if (node->type == XML_TEXT_NODE)
            out.words(text_of(node->content));
        if (element && node->children != nullptr && !is_one_of(name, hidden)) {
            node = node->children;
            continue;
        }
        if (element) leave(out, node, name);
        while (node != root && node->next == nullptr) {
            node = node->parent;
            leave(out, node, text_of(node->name));
        }
        node = node == root ? nullptr : node->next;
    }
}

}  // namespace

std::string text_of_html(std::string_view html) {
    constexpr int quiet = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
    const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> page{
        htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "UTF-8", quiet), xmlFreeDoc};
    writer out;
    if (page != nullptr)
        if (auto* root = xmlDocGetRootElement(page.get())) walk(out, root);
    return out.take();
}

}  // namespace dormouse::net
