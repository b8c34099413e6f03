#include "queue/redis/reader.hpp"

#include <hiredis/read.h>

#include <algorithm>
#include <new>

namespace dormouse::queue::redis {

using detail::node;

/// Nodes arrive in pre-order, because hiredis announces an array before its elements.
struct reply_reader::builder {
    std::vector<node> nodes;
    std::vector<char> text;
    std::size_t arrays = 0;
    std::size_t text_before = 0;  ///< Text of the reply before: replies of one connection resemble each other.

    node& add(reply_type type) {
        auto& n = nodes.emplace_back();
        n.type = type;
        return n;
    }

    void add_text(reply_type type, const char* bytes, std::size_t size) {
        auto& n = add(type);
        n.size = static_cast<std::uint32_t>(size);
        n.value = static_cast<std::int64_t>(text.size());
        text.insert(text.end(), bytes, bytes + size);
    }

    void add_array(std::size_t count) {
        // A hostile count must not reserve memory: elements have to arrive to cost anything.
        constexpr std::size_t most = 4096;
        if (nodes.empty()) {
            nodes.reserve(std::min(count, most) + 1);
            if (count > 1) text.reserve(std::min(text_before, default_max_reply_bytes / 16));
        }
        add(reply_type::array).size = static_cast<std::uint32_t>(count);
        ++arrays;
    }

    /// From the last node to the first, so that the extent of every element is known before its array's.
    void close_arrays() {
        if (arrays == 1 && nodes.front().type == reply_type::array) {
            nodes.front().value = static_cast<std::int64_t>(nodes.size());
            return;
        }
        if (arrays == 0) return;
        for (auto i = nodes.size(); i-- > 0;) {
            if (nodes[i].type != reply_type::array) continue;
            const node* end = &nodes[i] + 1;
            for (std::uint32_t element = 0; element < nodes[i].size; ++element) end = end->next();
            nodes[i].value = end - &nodes[i];
        }
    }

    [[nodiscard]] reply take() {
        close_arrays();
        arrays = 0;
        text_before = text.size();
        reply whole{std::move(nodes), std::move(text)};
        nodes = {};
        text = {};
        return whole;
    }

    [[nodiscard]] std::size_t bytes() const noexcept { return text.size() + nodes.size() * sizeof(node); }
};

namespace {
reply_type type_of(int hiredis_type) noexcept {
    switch (hiredis_type) {
        case REDIS_REPLY_STATUS: return reply_type::status;
        case REDIS_REPLY_ERROR: return reply_type::error;
        default: return reply_type::bulk;
    }
}

/// Runs one building step below a C library, which must not see an exception: null tells it "out of memory".
template <class Builder, class Step>
void* build(const redisReadTask* task, Step step) noexcept {
    try {
        auto* b = static_cast<Builder*>(task->privdata);
        step(*b);
        return b;
    } catch (const std::bad_alloc&) {
        return nullptr;
    } catch (const std::length_error&) {
        return nullptr;
    }
}

template <class Builder>
redisReplyObjectFunctions* functions() noexcept {
    static redisReplyObjectFunctions table{
        [](const redisReadTask* t, char* s, std::size_t n) {
            return build<Builder>(t, [&](Builder& b) { b.add_text(type_of(t->type), s, n); });
        },
        [](const redisReadTask* t, int n) {
            return build<Builder>(t, [&](Builder& b) { b.add_array(static_cast<std::size_t>(std::max(n, 0))); });
        },
        [](const redisReadTask* t, long long v) {
            return build<Builder>(t, [&](Builder& b) { b.add(reply_type::integer).value = v; });
        },
        [](const redisReadTask* t) { return build<Builder>(t, [](Builder& b) { b.add(reply_type::nil); }); },
        [](void*) {},
    };
    return &table;
}
}  // namespace

void reply_reader::free_reader::operator()(redisReader* r) const noexcept { redisReaderFree(r); }

reply_reader::reply_reader(std::size_t max_reply_bytes)
    : builder_{std::make_unique<builder>()},
      reader_{redisReaderCreateWithFunctions(functions<builder>())},
      max_reply_bytes_{std::min<std::size_t>(max_reply_bytes, 2UL * 1024 * 1024 * 1024)} {
    if (!reader_) throw std::bad_alloc{};
    reader_->privdata = builder_.get();
}

reply_reader::~reply_reader() = default;

void reply_reader::feed(std::string_view bytes) {
    if (broken_) return;
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
        broken_ = base::error{base::errc::protocol, std::string{"redis: "} + reader_->errstr};
}

base::result<std::optional<reply>> reply_reader::next() {
    if (broken_) return *broken_;
    void* whole = nullptr;
    if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK)
        broken_ = base::error{base::errc::protocol, std::string{"redis: "} + reader_->errstr};
    else if (builder_->bytes() + (whole == nullptr ? reader_->len - reader_->pos : 0) > max_reply_bytes_)
        broken_ = base::error{base::errc::too_large,
                              "redis: a reply is larger than " + std::to_string(max_reply_bytes_) + " bytes"};
    if (broken_) return *broken_;
    if (whole == nullptr) return std::optional<reply>{};
    return std::optional<reply>{builder_->take()};
}

}  // namespace dormouse::queue::redis
