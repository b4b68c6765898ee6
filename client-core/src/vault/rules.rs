//! The rules of a vault through time. What was done is judged by the policy in force when it was done; only the log can say when.

use carnet_wire::id::{ActorId, StatementHash};
use carnet_wire::statement::{Policy, Standing};

use crate::position::LogPosition;

/// All policies of a vault, in their order; before the first, anybody attested may deposit and only the holder rules.
#[derive(Debug, Clone)]
pub(super) struct RulesThroughTime {
    past: Vec<Past>,
    statement: StatementHash,
    policy: Option<Policy>,
}

/// A policy that has been replaced, and the proven place in the log of the one that replaced it.
#[derive(Debug, Clone)]
struct Past {
    policy: Option<Policy>,
    until: Option<LogPosition>,
}

/// What somebody other than the holder wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Put entries into the vault.
    Deposit,
    /// Grant, revoke, describe, make circles: a delegate.
    Rule,
}

impl RulesThroughTime {
    /// A vault without a policy, ruled by its genesis.
    pub(super) fn new(genesis: StatementHash) -> Self {
        Self { past: Vec::new(), statement: genesis, policy: None }
    }

    /// Puts the next policy in force.
    pub(super) fn replace(
        &mut self,
        statement: StatementHash,
        policy: Policy,
        position: Option<LogPosition>,
    ) {
        let policy = self.policy.replace(policy);
        self.past.push(Past { policy, until: position });
        self.statement = statement;
    }

    /// The policy in force, if there is one.
    pub(super) fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Its statement; the genesis where there is none.
    pub(super) fn statement(&self) -> StatementHash {
        self.statement
    }

    /// Whether the actor may do this under the policy in force, or could at a proven place in the log.
    pub(super) fn allow(
        &self,
        actor: &ActorId,
        holder: bool,
        right: Right,
        position: Option<&LogPosition>,
    ) -> bool {
        let then = position.and_then(|position| {
            self.past.iter().find(|past| past.until.as_ref().is_some_and(|until| position.is_before(until)))
        });
        allow(self.policy(), actor, holder, right)
            || then.is_some_and(|then| allow(then.policy.as_ref(), actor, holder, right))
    }
}

fn allow(policy: Option<&Policy>, actor: &ActorId, holder: bool, right: Right) -> bool {
    let Some(policy) = policy else { return holder || right == Right::Deposit };
    let delegate = policy.delegates.contains(actor);
    let depositor = policy.standing == Standing::Attested || policy.depositors.contains(actor);
    let blocked = policy.blocked.contains(actor);
    holder || (!blocked && (delegate || (right == Right::Deposit && depositor)))
}

#[cfg(test)]
mod tests {
    use carnet_wire::id::VaultId;
    use carnet_wire::statement::Context;

    use super::*;

    const DOCTOR: ActorId = ActorId::from_bytes([1; 32]);

    fn policy(standing: Standing, delegates: Vec<ActorId>, blocked: Vec<ActorId>) -> Policy {
        let context = Context { vault: VaultId::from_bytes([0; 32]), actor: DOCTOR, time: 0, pin: None };
        let replaces = StatementHash::from_bytes([0; 32]);
        let depositors = Vec::new();
        Policy { context, number: 1, replaces, classes: Vec::new(), standing, depositors, delegates, blocked }
    }

    #[test]
    fn blocked_actor_may_do_nothing_whatever_else_the_policy_says_of_it() {
        let blocked = policy(Standing::Attested, vec![DOCTOR], vec![DOCTOR]);
        for right in [Right::Deposit, Right::Rule] {
            assert!(!allow(Some(&blocked), &DOCTOR, false, right));
            assert!(allow(Some(&blocked), &DOCTOR, true, right));
        }
    }

    #[test]
    fn without_a_policy_anybody_deposits_and_only_the_holder_rules() {
        assert!(allow(None, &DOCTOR, false, Right::Deposit));
        assert!(!allow(None, &DOCTOR, false, Right::Rule));
        let nobody = policy(Standing::Nobody, Vec::new(), Vec::new());
        assert!(!allow(Some(&nobody), &DOCTOR, false, Right::Deposit));
        let delegate = policy(Standing::Nobody, vec![DOCTOR], Vec::new());
        assert!(allow(Some(&delegate), &DOCTOR, false, Right::Deposit));
        assert!(allow(Some(&delegate), &DOCTOR, false, Right::Rule));
    }
}
