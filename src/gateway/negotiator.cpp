#include "gateway/negotiator.hpp"

#include <unordered_map>
#include <utility>

namespace vc::gateway {

// One request of a round: malformed, refused, or with a plan to be concluded.
struct Negotiator::Item {
  wire::NegotiateRequest request;
  std::expected<Plan, wire::Problem> plan;
};

struct Negotiator::Round {
  Caller caller;
  std::string base_url;
  std::vector<Item> items;

  // Which answer of the store belongs to which question: (item, question) -> index of the key.
  struct Link {
    std::size_t item;
    std::size_t question;
    std::size_t key;
  };

  std::vector<Link> links;
};

Negotiator::Negotiator(const Vending& vending, Existence& existence, Lookups& lookups,
                       Metrics& metrics)
    : vending_(vending), existence_(existence), lookups_(lookups), metrics_(metrics) {}

Negotiator::Item Negotiator::make_item(const Principal& caller,
                                       Result<wire::NegotiateRequest> request) {
  if (!request) {
    return {.request = {}, .plan = std::unexpected(wire::to_problem(request.error()))};
  }
  auto plan = vending_.plan(caller, *request);
  return {.request = *std::move(request), .plan = std::move(plan)};
}

// Whether nothing is left to ask. A seal costs some thirty times what a download ticket does: where
// there may be many (`seal_here` false), what leads to one is left to a worker.
bool Negotiator::answer_from_memory(Plan& plan, bool seal_here) {
  bool complete = true;
  for (std::size_t i = 0; i < plan.questions.size(); ++i) {
    Question& question = plan.questions[i];
    if (seal_here || plan.write != i) {
      question.answer = existence_.known(question.key, question.freshness);
    }
    if (question.answer && i < plan.reads && *question.answer && **question.answer) {
      // Found, and every earlier scope is settled: what comes after does not matter.
      if (complete) {
        return true;
      }
    }
    complete = complete && question.answer.has_value();
  }
  return complete;
}

wire::NegotiateReply Negotiator::conclude(const Principal& caller, const Item& item,
                                          std::string_view base_url) {
  wire::NegotiateReply reply =
      item.plan
          ? vending_.conclude(caller, item.request, *item.plan, base_url)
          : wire::NegotiateReply{.status = wire::Status::problem, .problem = item.plan.error()};
  metrics_.count_negotiation(item.request.action, reply.status);
  return reply;
}

void Negotiator::one(Caller caller, wire::NegotiateRequest request, std::string base_url,
                     Done done) {
  Item item = make_item(*caller, std::move(request));
  if (!item.plan || (!vending_.signs_slowly() && answer_from_memory(*item.plan, true))) {
    return done(conclude(*caller, item, base_url));
  }
  std::vector<Result<wire::NegotiateRequest>> requests;
  requests.emplace_back(std::move(item.request));
  batch(std::move(caller), std::move(requests), std::move(base_url),
        [done = std::move(done)](std::vector<wire::NegotiateReply> replies) mutable {
          done(std::move(replies.front()));
        });
}

void Negotiator::batch(Caller caller, std::vector<Result<wire::NegotiateRequest>> requests,
                       std::string base_url, BatchDone done) {
  auto round =
      std::make_unique<Round>(Round{.caller = std::move(caller), .base_url = std::move(base_url)});
  round->items.reserve(requests.size());
  std::vector<wire::ObjectKey> keys;
  std::unordered_map<wire::ObjectKey, std::size_t> index_of_key;
  for (auto& request : requests) {
    Item& item = round->items.emplace_back(make_item(*round->caller, std::move(request)));
    if (!item.plan || answer_from_memory(*item.plan, false)) {
      continue;
    }
    for (std::size_t i = 0; i < item.plan->questions.size(); ++i) {
      const Question& question = item.plan->questions[i];
      if (question.answer) {
        continue;
      }
      const auto [known, added] = index_of_key.try_emplace(question.key, keys.size());
      if (added) {
        keys.push_back(question.key);
      }
      round->links.push_back(
          {.item = round->items.size() - 1, .question = i, .key = known->second});
    }
  }

  auto conclude_all = [this, round = std::move(round),
                       done = std::move(done)](const std::vector<Answer>& answers) mutable {
    for (const auto& link : round->links) {
      round->items[link.item].plan->questions[link.question].answer = answers[link.key];
    }
    std::vector<wire::NegotiateReply> replies;
    replies.reserve(round->items.size());
    for (const Item& item : round->items) {
      replies.push_back(conclude(*round->caller, item, round->base_url));
    }
    done(std::move(replies));
  };
  if (keys.empty() && !vending_.signs_slowly()) {
    return conclude_all({});
  }
  lookups_.ask(std::move(keys), std::move(conclude_all));
}

}  // namespace vc::gateway
