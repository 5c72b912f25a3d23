// Negotiator: carries requests through plan, questions to the store, and conclusion.
//
// What can be answered from memory is answered at once on the calling thread; everything else waits
// for Lookups without holding a thread. All questions of a batch are asked together, each object
// once however many items want it.
#pragma once

#include "core/result.hpp"
#include "gateway/existence.hpp"
#include "gateway/lookups.hpp"
#include "gateway/metrics.hpp"
#include "gateway/vending.hpp"
#include "wire/negotiate.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vc::gateway {

class Negotiator {
 public:
  using Done = std::move_only_function<void(wire::NegotiateReply)>;
  using BatchDone = std::move_only_function<void(std::vector<wire::NegotiateReply>)>;

  Negotiator(const Vending& vending, Existence& existence, Lookups& lookups, Metrics& metrics);

  // `done` is called exactly once, on this thread or another. A Problem is a reply like others.
  void one(Caller caller, wire::NegotiateRequest request, std::string base_url, Done done);
  void batch(Caller caller, std::vector<Result<wire::NegotiateRequest>> requests,
             std::string base_url, BatchDone done);

 private:
  struct Item;
  struct Round;

  Item make_item(const Principal& caller, Result<wire::NegotiateRequest> request);
  bool answer_from_memory(Plan& plan, bool seal_here);
  wire::NegotiateReply conclude(const Principal& caller, const Item& item,
                                std::string_view base_url);

  const Vending& vending_;
  Existence& existence_;
  Lookups& lookups_;
  Metrics& metrics_;
};

}  // namespace vc::gateway
