#include "adapters/dicom/find_scu.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <fmt/format.h>

#include "adapters/dicom/command.h"
#include "adapters/dicom/data_set.h"
#include "engine/dicom/character_set.h"

namespace pons {

namespace {

using std::chrono::steady_clock;

constexpr DIC_US kMessageId = 1;

bool is_pending(DIC_US status) {
  return status == STATUS_FIND_Pending_MatchesAreContinuing ||
         status == STATUS_FIND_Pending_WarningUnsupportedOptionalKeys;
}

/// Of a status that ends the list before it is whole (PS3.4 tables C.4-1 and K.4-2, PS3.7 annex C).
std::string in_words(DIC_US status) {
  if (status == STATUS_FIND_Cancel) return "it cancelled the query";
  if (status == STATUS_FIND_Refused_SOPClassNotSupported) return "it does not serve this SOP Class";
  if (status == 0x0124) return "it is not allowed to us";
  if (status >> 8 == 0xA7) return "it is out of resources";
  if (status >> 8 == 0xA9) return "these keys do not fit the SOP Class";
  if (status >> 12 == 0xC) return "it is unable to process the query";
  return "it failed";
}

/// One query on its association, until the last answer.
class Query {
 public:
  using Take = std::function<void(const dicom::Dataset&)>;

  Query(DicomCall& call, const FindRequest& request, const Take& take) : call_(call), request_(request), take_(take) {}

  FindEnd ask() {
    deadline_ = steady_clock::now() + request_.reply_within;
    for (bool goes_on = send_request(); goes_on;) goes_on = receive_one();
    return end_;
  }

 private:
  bool send_request() {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_C_FIND_RQ;
    auto& request = message.msg.CFindRQ;
    request.MessageID = kMessageId;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    OFStandard::strlcpy(request.AffectedSOPClassUID, request_.sop_class.c_str(), sizeof request.AffectedSOPClassUID);
    const auto identifier = dicom::encode_text(request_.identifier.native(), {});
    // DCMTK sends no data set in which nothing has a value.
    if (identifier->isEmpty()) identifier->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
    return call_.send(message, identifier.get()) || broken("the association was lost while it was sent");
  }

  /// False: it was the last.
  bool receive_one() {
    T_DIMSE_Message message{};
    T_ASC_PresentationContextID context = 0;
    std::string comment, bytes;
    OFCondition received = receive_response(call_.association(), seconds_until(deadline_), context, message, comment);
    const bool is_silent = received == DIMSE_NODATAAVAILABLE;
    if (is_silent || (end_.has_more && steady_clock::now() > deadline_))
      return broken(fmt::format("it did not answer within {} s", seconds(request_.reply_within)));
    const auto& response = message.msg.CFindRSP;
    const bool is_ours = message.CommandField == DIMSE_C_FIND_RSP && context == call_.context();
    if (received.good() && is_ours)
      received = receive_data_set(call_.association(), context, response.DataSetType, bytes);
    if (received.bad() || !is_ours) return broken("the association was lost before the last answer");
    if (is_pending(response.DimseStatus)) return take_answer(bytes, response.DimseStatus);
    const bool is_whole = response.DimseStatus == STATUS_FIND_Success;
    if (!is_whole && !end_.has_more) fail(response.DimseStatus, comment);
    return false;
  }

  bool take_answer(const std::string& bytes, DIC_US status) {
    end_.ignores_keys |= status == STATUS_FIND_Pending_WarningUnsupportedOptionalKeys;
    if (end_.has_more) return true;  // what had left before it read our cancel
    if (end_.answers == request_.limit) return cancel();
    deadline_ = steady_clock::now() + request_.reply_within;
    const auto answer = dicom::Dataset::from_bytes(bytes);
    if (answer)
      take_(*answer);
    else
      end_.failure = fmt::format("answer {} cannot be read: {}", end_.answers + 1, answer.fault().text);
    ++end_.answers;
    return true;
  }

  /// Some go on to the end all the same: after the deadline it is not waited for.
  bool cancel() {
    end_.has_more = true;
    deadline_ = steady_clock::now() + request_.reply_within;
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_C_CANCEL_RQ;
    message.msg.CCancelRQ = {kMessageId, DIMSE_DATASET_NULL};
    return call_.send(message, nullptr);
  }

  /// Where all that was wanted is there, it does not matter how it ends.
  bool broken(std::string why) {
    call_.give_up();
    if (!end_.has_more) end_.failure = std::move(why);
    return false;
  }

  void fail(DIC_US status, const std::string& comment) {
    end_.failure = fmt::format("{} ({:04X}H){}{}", in_words(status), status, comment.empty() ? "" : ": ", comment);
  }

  static long seconds(Duration duration) { return std::chrono::ceil<std::chrono::seconds>(duration).count(); }

  DicomCall& call_;
  const FindRequest& request_;
  const Take& take_;
  steady_clock::time_point deadline_;
  FindEnd end_;
};

FindEnd failed(std::string why) {
  FindEnd end;
  end.failure = std::move(why);
  return end;
}

}  // namespace

FindEnd find(const DicomDestination& whom, const FindRequest& request,
             const std::function<void(const dicom::Dataset&)>& take) {
  const auto tls = whom.tls ? tls_layer(*whom.tls) : nullptr;
  DicomCall call(whom, tls.get(), seconds_until(steady_clock::now() + request.reply_within), request.sop_class.c_str());
  if (call.failed()) return failed("not connected: " + call.reason());
  if (!call.takes_class()) return failed("it does not take this SOP Class");
  return Query(call, request, take).ask();
}

}  // namespace pons
