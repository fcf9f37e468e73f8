#include "adapters/postgres/batch.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/receipt_json.h"
#include "adapters/postgres/save.h"
#include "engine/base/digest.h"
#include "engine/base/plant.h"

namespace pons {

namespace {

constexpr std::int64_t kIdBlock = 1000;  // INCREMENT of the sequence record_id
constexpr const char* kNewIds = "SELECT nextval('record_id')";

/// Every key of the subjects and of the patients they lead to, once each, in one order for all nodes: no deadlock.
Statement lock(const std::vector<Subject>& subjects, const std::set<std::int64_t>& patients) {
  std::set<std::int64_t> keys;
  for (const Subject& subject : subjects)
    for (const std::int64_t key : subject.lock_keys()) keys.insert(key);
  for (const std::int64_t id : patients) keys.insert(key64("patient-id|" + std::to_string(id)));
  return {"SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::bigint[]) k",
          {array_of(std::vector<std::int64_t>(keys.begin(), keys.end()))}};
}

Statement find_receipts(const std::vector<Subject>& subjects) {
  std::vector<std::int64_t> senders;
  for (const Subject& each : subjects)
    if (!each.identity.empty()) senders.push_back(key64(each.identity.sender));
  return {
      "SELECT sender, bytes_hash, receipt, took_effect, arrived > now() - interval '7 days' FROM journal_key"
      " WHERE sender = ANY($1::bigint[])",
      {array_of(senders)}};
}

Statement number_messages(std::size_t count) {
  return {"SELECT nextval('message_number') FROM generate_series(1, $1::int)", {std::to_string(count)}};
}

/// The patients to whom the subject leads by what is in the book.
std::set<std::int64_t> patients_of(const Subject& subject, const Book& book) {
  std::set<std::int64_t> ids;
  const auto add = [&](const auto* row) {
    if (row && row->patient) ids.insert(book.survivor(row->patient).id);
  };
  for (const Identifier& each : subject.patients)
    if (const Patient* patient = book.patient(each)) ids.insert(patient->id);
  for (const Identifier& each : subject.placers) add(book.order_by_placer(each));
  for (const Identifier& each : subject.fillers) {
    add(book.order_by_filler(each));
    add(book.report(each));
  }
  for (const Identifier& each : subject.accessions) {
    const auto fits = [&](const auto& row) {
      return row.accession.value == each.value && (each.authority.empty() || row.accession == each);
    };
    for (const Order* order : book.orders.all(fits)) add(order);
    for (const Study* study : book.studies.all(fits)) add(study);
  }
  for (const std::string& each : subject.studies) {
    add(book.study(each));
    for (const Order* order : book.orders.all([&](const Order& row) { return row.study_uid == each; })) add(order);
  }
  for (const std::string& each : subject.performed_steps) {
    const PerformedStep* performed = book.performed_step(each);
    add(performed);
    if (!performed) continue;
    for (const std::int64_t id : performed->steps)
      if (const Step* step = book.steps.find(id)) add(book.orders.find(step->order));
  }
  for (const std::string& each : subject.commitments)
    if (const Commitment* commitment = book.commitment(each)) add(book.studies.find(commitment->study));
  return ids;
}

}  // namespace

PostgresBatch::PostgresBatch(Pool& pool, SeenPatients& seen, std::vector<Subject> subjects)
    : pool_(pool), seen_(seen), connection_(pool.take()), subjects_(std::move(subjects)), book_([this] {
        return new_id();
      }) {
  const Resolved resolved = resolve();
  lock_and_load(resolved);
  remember_patients();
}

PostgresBatch::~PostgresBatch() {
  try {
    if (!saved_) connection_->run("ROLLBACK");
    pool_.give_back(std::move(connection_));
  } catch (const std::exception&) {
    // The connection is gone, and the transaction with it.
  }
}

PostgresBatch::Resolved PostgresBatch::resolve() {
  Resolved resolved;
  std::vector<Subject> unknown, whole;
  for (const Subject& each : subjects_) {
    if (!seen_.find(each, resolved.all.patients)) unknown.push_back(each);
    if (each.whole_patients) whole.push_back(each);
  }
  std::vector<Statement> statements = find_named(unknown);
  if (statements.empty()) return resolved;
  for (Statement& each : find_named(whole)) statements.push_back(std::move(each));
  const auto answers = connection_->run_all(statements);
  resolved.all.add(answers[0]);
  if (answers.size() > 1) {
    Named named;
    named.add(answers[1]);
    resolved.whole = named.patients;
  }
  return resolved;
}

// Each statement after the lock sees what was committed before it was granted. What was named before it is loaded in
// the same flight; whatever is named only now is loaded in another one.
void PostgresBatch::lock_and_load(const Resolved& resolved) {
  std::vector<Statement> statements{Statement{"BEGIN", {}}, lock(subjects_, resolved.all.patients),
                                    find_receipts(subjects_), number_messages(subjects_.size()),
                                    Statement{kNewIds, {}}};
  constexpr std::size_t kReceipts = 2, kMessages = 3, kIds = 4;
  const std::size_t finds = statements.size();
  for (Statement& each : find_named(subjects_)) statements.push_back(std::move(each));
  if (!resolved.whole.empty()) statements.push_back(find_of_patients(resolved.whole));
  const std::size_t first = statements.size();
  Loads loads(subjects_);
  loads.add_runs(subjects_);
  loads.add_sequence_links(subjects_);
  loads.add_awaited_answers(subjects_);
  loads.add_instances(subjects_);
  loads.add_commitments(subjects_);
  loads.add_named(resolved.all);
  statements.insert(statements.end(), loads.statements().begin(), loads.statements().end());

  const auto answers = connection_->run_all(statements);
  next_id_ = answers[kIds].number(0, 0);
  end_id_ = next_id_ + kIdBlock;
  loads.read(answers, first, book_);
  Named now;
  for (std::size_t i = finds; i < first; ++i) now.add(answers[i]);
  const Named news = now.beyond(resolved.all);
  load(news);
  read_receipts(answers[kReceipts]);
  read_messages(answers[kMessages]);
  left_out_.resize(subjects_.size());
  if (!news.patients.empty()) leave_out(resolved.all.patients);
}

void PostgresBatch::load(const Named& ids) {
  Loads loads(subjects_);
  loads.add_named(ids);
  if (!loads.statements().empty()) loads.read(connection_->run_all(loads.statements()), 0, book_);
}

void PostgresBatch::read_receipts(const Rows& rows) {
  earlier_.resize(subjects_.size());
  reused_.resize(subjects_.size());
  known_.resize(subjects_.size());
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const Identity& identity = subjects_[i].identity;
    if (identity.empty() || !subjects_[i].runs.empty()) continue;
    const std::int64_t sender = key64(identity.sender);
    for (int row = 0; row < rows.size(); ++row) {
      if (rows.number(row, 0) != sender) continue;
      const bool is_same = from_bytea(rows.text(row, 1)) == identity.bytes_hash, counts = rows.truth(row, 4);
      known_[i] = known_[i] || is_same;
      if (!plant::kDedupeByControlId && !is_same)
        reused_[i] = reused_[i] || counts;
      else if (counts && rows.truth(row, 3))
        earlier_[i] = receipt_from_json(rows.text(row, 2));
    }
  }
}

void PostgresBatch::read_messages(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) messages_.push_back(rows.number(row, 0));
  for (std::size_t i = 0; i < subjects_.size(); ++i)
    for (const std::int64_t id : subjects_[i].runs)
      if (const PendingRun* run = book_.runs.find(id)) messages_[i] = run->message;
}

// Nothing overtakes what is left out: whatever shares a key with it is left out as well.
void PostgresBatch::leave_out(const std::set<std::int64_t>& locked) {
  std::set<std::int64_t> keys;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const auto patients = patients_of(subjects_[i], book_);
    const auto mine = subjects_[i].lock_keys();
    left_out_[i] = !std::includes(locked.begin(), locked.end(), patients.begin(), patients.end()) ||
                   std::any_of(mine.begin(), mine.end(), [&](std::int64_t key) { return keys.contains(key); });
    if (left_out_[i]) keys.insert(mine.begin(), mine.end());
  }
}

void PostgresBatch::remember_patients() {
  for (std::size_t i = 0; i < subjects_.size(); ++i)
    if (left_out_[i])
      seen_.forget(subjects_[i]);
    else
      seen_.remember(subjects_[i], book_);
}

void PostgresBatch::save(const std::vector<Envelope>& envelopes,
                         const std::vector<std::optional<Decision>>& decisions) {
  save_batch(*connection_, book_, {subjects_, envelopes, decisions, reused_, known_});
  saved_ = true;
}

std::int64_t PostgresBatch::new_id() {
  if (next_id_ == end_id_) {
    next_id_ = connection_->run(kNewIds).number(0, 0);
    end_id_ = next_id_ + kIdBlock;
  }
  return next_id_++;
}

}  // namespace pons
