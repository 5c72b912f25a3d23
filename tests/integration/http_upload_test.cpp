// Uploads into a BodySink: every byte once, on workers only, and nothing kept of a broken one.
#include "http_server_fixture.hpp"

#include "core/digest.hpp"

#include <thread>

namespace vc::net {
namespace {

using namespace std::chrono_literals;

// What the sinks of a test saw.
struct SinkRecord {
  std::mutex mutex;
  std::atomic<int> writing = 0;
  std::atomic<int> overlaps = 0;
  std::atomic<int> on_wrong_thread = 0;
  std::atomic<std::uint64_t> bytes = 0;
  Counter writes;
  Counter finished;
  Counter destroyed;
  std::string digest;
};

// Threads of the server's loops, learned by asking handlers where they run.
thread_local bool is_loop_thread = false;

class RecordingSink final : public BodySink {
 public:
  // `before_write` may block, or refuse.
  using BeforeWrite = std::function<std::expected<void, Response>(std::uint64_t bytes_before)>;

  RecordingSink(SinkRecord& record, BeforeWrite before_write)
      : record_(record), before_write_(std::move(before_write)) {}

  RecordingSink(const RecordingSink&) = delete;
  RecordingSink& operator=(const RecordingSink&) = delete;
  RecordingSink(RecordingSink&&) = delete;
  RecordingSink& operator=(RecordingSink&&) = delete;

  ~RecordingSink() override {
    record_.on_wrong_thread += is_loop_thread ? 1 : 0;
    record_.destroyed.add();
  }

  std::expected<void, Response> write(ByteView piece) override {
    record_.overlaps += record_.writing++ > 0 ? 1 : 0;
    record_.on_wrong_thread += is_loop_thread ? 1 : 0;
    record_.writes.add();
    auto allowed = before_write_ ? before_write_(record_.bytes) : std::expected<void, Response>{};
    if (allowed) {
      hasher_.update(piece);
      record_.bytes += piece.size();
    }
    --record_.writing;
    return allowed;
  }

  void finish(Reply reply) override {
    record_.on_wrong_thread += is_loop_thread ? 1 : 0;
    const std::string digest = hasher_.finish().hex();
    {
      const std::scoped_lock lock(record_.mutex);
      record_.digest = digest;
    }
    reply.send({.status = 201, .body = digest});
    record_.finished.add();
  }

 private:
  SinkRecord& record_;
  BeforeWrite before_write_;
  Hasher hasher_;
};

class HttpUploadTest : public HttpServerTest {
 protected:
  HttpUploadTest() {
    handler_.set([this](const RequestHead& head) -> BodyPlan {
      is_loop_thread = true;
      if (head.method() == "GET") {
        return text("ok");
      }
      return StreamBody{.sink = std::make_unique<RecordingSink>(record_, before_write_),
                        .bytes_max = bytes_max_};
    });
  }

  static std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
      state = state * 1'664'525 + 1'013'904'223;
      byte = static_cast<char>(state >> 24U);
    }
    return bytes;
  }

  std::uint64_t bytes_max_ = 1ULL << 40;
  RecordingSink::BeforeWrite before_write_;
  SinkRecord record_;
};

TEST_F(HttpUploadTest, EveryByteArrivesOnceAndInOrder) {
  start();
  RawClient client(port());
  for (const std::size_t size : {1UL, 100UL, 256UL << 10U, (256UL << 10U) + 1, 9'000'000UL}) {
    const std::string body = noise(size);
    record_.bytes = 0;
    const RawResponse response = client.request(put_head("/x", size) + body);
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.body, sha256(body).hex());
    EXPECT_EQ(record_.bytes, size);
  }
  EXPECT_TRUE(record_.destroyed.wait_for(5));
  EXPECT_EQ(record_.overlaps, 0);
  EXPECT_EQ(record_.on_wrong_thread, 0);
}

TEST_F(HttpUploadTest, EmptyBodyIsFinishedWithoutAWrite) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(put_head("/x", 0)).status, 201);
  EXPECT_EQ(record_.writes.count(), 0);
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpUploadTest, ClientThatWaitsIsToldToContinue) {
  start();
  RawClient client(port());
  client.send(put_head("/x", 4, "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.read_response().status, 100);
  EXPECT_EQ(client.request("body").status, 201);
}

// B24: an upload that is cut off leaves nothing.
TEST_F(HttpUploadTest, CutOffUploadIsNeverFinishedAndItsSinkDestroyedOnAWorker) {
  start();
  {
    RawClient client(port());
    client.send(put_head("/x", 2 << 20) + noise(1 << 20));
    ASSERT_TRUE(record_.writes.wait_for(1));
  }
  EXPECT_TRUE(record_.destroyed.wait_for(1));
  {
    RawClient client(port());
    client.send(put_head("/x", 100) + noise(99));
    client.finish_sending();
    EXPECT_EQ(client.read_until_close(), "");
  }
  EXPECT_TRUE(record_.destroyed.wait_for(2));
  EXPECT_EQ(record_.finished.count(), 0);
  EXPECT_EQ(record_.on_wrong_thread, 0);
}

TEST_F(HttpUploadTest, SlowUploadIs408AndNeverFinished) {
  options_.rate_window = 100ms;
  start();
  RawClient client(port());
  client.send(put_head("/x", 100) + noise(99));
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_until_close(), "");
  EXPECT_TRUE(record_.destroyed.wait_for(1));
  EXPECT_EQ(record_.finished.count(), 0);
}

TEST_F(HttpUploadTest, UploadWithoutLengthIs411) {
  start();
  for (const std::string_view fields : {"Transfer-Encoding: chunked\r\n", ""}) {
    RawClient client(port());
    client.send("PUT / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    EXPECT_EQ(client.read_response().status, 411);
  }
  EXPECT_TRUE(record_.destroyed.wait_for(2));
  EXPECT_EQ(record_.on_wrong_thread, 0);
}

TEST_F(HttpUploadTest, DeclaredLengthOfExactlyTheLimitIsTakenAndOneByteMoreIs413) {
  bytes_max_ = 1'000;
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(put_head("/x", 1'000) + noise(1'000)).status, 201);
  const int writes = record_.writes.count();
  EXPECT_EQ(client.request(put_head("/x", 1'001) + noise(1'001)).status, 413);
  EXPECT_EQ(record_.writes.count(), writes);
  EXPECT_TRUE(record_.destroyed.wait_for(2));
}

TEST_F(HttpUploadTest, SinkThatRefusesMidwayIsHeardByAClientStillSending) {
  before_write_ = [](std::uint64_t before) -> std::expected<void, Response> {
    if (before > 0) {
      return std::unexpected(Response{.status = 507, .body = "disk full"});
    }
    return {};
  };
  start();
  RawClient client(port());
  ASSERT_TRUE(client.send(put_head("/x", 64 << 20)));
  for (int sent = 0; sent < 64; ++sent) {
    ASSERT_TRUE(client.send(noise(1 << 20))) << "cut off after " << sent << " MiB";
  }
  const RawResponse refused = client.read_response();
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(refused.body, "disk full");
  EXPECT_TRUE(record_.destroyed.wait_for(1));
  EXPECT_EQ(record_.finished.count(), 0);
}

TEST_F(HttpUploadTest, SinkThatRefusesEndsTheWaitForTheRestOfTheBody) {
  before_write_ = [](std::uint64_t) -> std::expected<void, Response> {
    return std::unexpected(Response{.status = 412, .body = "exists"});
  };
  start();
  RawClient client(port());
  // One whole piece and the beginning of the next, which never comes.
  client.send(put_head("/x", 8 << 20) + noise((256 << 10) + 10));
  EXPECT_EQ(client.read_response().status, 412);
}

TEST_F(HttpUploadTest, SinkThatRefusesASmallBodyKeepsTheConnection) {
  before_write_ = [](std::uint64_t) -> std::expected<void, Response> {
    return std::unexpected(Response{.status = 412, .body = "exists"});
  };
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(put_head("/x", 10) + noise(10)).status, 412);
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpUploadTest, FullPoolIs503AndTheUploadBeginningIsNotKept) {
  Counter blocked;
  Counter release;
  const auto block = [&] {
    blocked.add();
    release.wait_for(1);
  };
  start();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(workers_.try_submit(block));
  }
  ASSERT_TRUE(blocked.wait_for(2));  // Both threads are busy; now the queue.
  while (workers_.try_submit([] {})) {
  }
  RawClient client(port());
  const RawResponse refused = client.request(put_head("/x", 10) + noise(10));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.find("Retry-After"), "1");
  EXPECT_EQ(RawClient(port()).request(kGet).status, 200) << "the loops do not wait for the pool";
  release.add();
  workers_.wait_idle();  // They may still be leaving the counters of this test.
  EXPECT_TRUE(record_.destroyed.wait_for(1));
  EXPECT_EQ(record_.finished.count(), 0);
  EXPECT_EQ(record_.on_wrong_thread, 0);
}

TEST_F(HttpUploadTest, SlowDiskIsNotTheClientsFault) {
  options_.rate_window = options_.idle_timeout = 500ms;
  Counter time_has_passed;
  before_write_ = [&](std::uint64_t before) -> std::expected<void, Response> {
    if (before == 0) {
      time_has_passed.wait_for(1);
    }
    return {};
  };
  const std::string body = noise(768 << 10);
  start();
  RawClient client(port());
  client.send(put_head("/x", body.size()) + body);
  ASSERT_TRUE(record_.writes.wait_for(1));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RawClient(port()).read_until_close(), "");  // Idle for a whole window.
  }
  time_has_passed.add();
  EXPECT_EQ(client.read_response().status, 201);
  EXPECT_EQ(record_.overlaps, 0);
}

TEST_F(HttpUploadTest, ForcedDrainCutsAnUploadWhoseDiskHangs) {
  Counter release;
  before_write_ = [&](std::uint64_t) -> std::expected<void, Response> {
    release.wait_for(1);
    return {};
  };
  start();
  RawClient client(port());
  client.send(put_head("/x", 300'000) + noise(300'000));
  ASSERT_TRUE(record_.writes.wait_for(1));
  EXPECT_FALSE(server_->drain(0ms));
  client.read_until_close();
  server_.reset();
  release.add();
  workers_.wait_idle();
  EXPECT_EQ(record_.destroyed.count(), 1);
}

TEST_F(HttpUploadTest, ManyUploadsAtOnceDoNotMix) {
  start();
  constexpr int kClients = 6;
  std::vector<std::jthread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(port());
      const std::string body = noise(700'000 + static_cast<std::size_t>(c));
      const std::string digest = sha256(body).hex();
      for (int i = 0; i < 4; ++i) {
        RawResponse response = client.request(put_head("/x", body.size()) + body);
        right += response.status == 201 && response.body == digest ? 1 : 0;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(right, kClients * 4);
}

}  // namespace
}  // namespace vc::net
