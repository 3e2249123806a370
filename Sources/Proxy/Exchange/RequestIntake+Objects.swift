import Accounts
import Admission
import Metering
import NIOCore

/// Objects of the upstream that a request names, and those that its answer gives.
extension RequestIntake {
    /// Checks that the request's key was given the objects that the request names.
    ///
    /// Only a request that names an object waits for a read of the ledger, and event loops do not wait with it.
    ///
    /// - Parameter completion: Gets the demand, with the model of the object if the request names no other; called at once if
    ///   no object is named, else later on the event loop.
    func checkObjects(
        _ demand: RequestDemand, in proxy: ProxyLoop,
        then completion: @escaping (Result<RequestDemand, ErrorAnswer>) -> Void
    ) {
        guard let references = facts?.input.references, !references.isEmpty, let principal else {
            return completion(.success(demand))
        }
        let bound = NIOLoopBound(completion, eventLoop: proxy.loop)
        let (objects, upstreamProtocol) = (proxy.admission.objects, operation.upstreamProtocol)
        Task {
            let check = await objects.check(references, of: upstreamProtocol, givenTo: principal.keyID)
            bound.eventLoop.execute {
                switch check {
                case .given(let model):
                    var demand = demand
                    if demand.model.isEmpty { demand.model = model }
                    bound.value(.success(demand))
                case .notGiven(let reference): bound.value(.failure(.objectNotFound(reference)))
                case .unavailable: bound.value(.failure(ErrorAnswer(.ledgerUnavailable)))
                }
            }
        }
    }

    /// Follows up on what a request came to: the objects that its client gets, and a violation of the upstream's policies.
    func follow(_ conclusion: Conclusion, of requestID: UUIDv7, in proxy: ProxyLoop) {
        remember(conclusion.objects, in: proxy)
        guard conclusion.isPolicyError, let principal else { return }
        proxy.admission.policyWasViolated(by: principal, request: requestID)
    }

    /// Remembers objects whose identifiers the client is about to get.
    func remember(_ objects: [String], in proxy: ProxyLoop) {
        guard !objects.isEmpty, let principal, let facts else { return }
        proxy.admission.objects.remember(
            objects, of: operation.upstreamProtocol, givenTo: principal.keyID, by: facts.model)
    }
}
