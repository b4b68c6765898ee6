//! The rules of a vault through time. What was done is judged by the policy in force when it was done; only the log can say when.

use crate::id::{ActorId, StatementHash};
use crate::statement::{Policy, Standing};

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

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Put entries into the vault.
    Deposit,
    /// Grant, revoke, describe, make circles.
    Rule,
}

/// On what ground somebody may act in a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// It stands in no rule of the holder's: anybody may deposit where the policy says so. Screens show it as to be accepted until an
    /// attestation and the holder's acceptance have been checked.
    Standing,
    /// The policy names it as a depositor.
    Named,
    /// The policy names it as a delegate.
    Delegate,
    /// It holds the vault.
    Holder,
}

impl Ground {
    /// Whether it may rule: grant, describe, supersede what others deposited.
    #[must_use]
    pub fn rules(self) -> bool {
        self >= Self::Delegate
    }
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

    /// On what ground the actor may do this: at a proven place in the log, by the policy in force there; without one, by the policy
    /// in force now. Where it is not known when one policy gave way to the next, all that come into question must allow it.
    pub(super) fn allow(
        &self,
        actor: &ActorId,
        holder: bool,
        right: Right,
        position: Option<&LogPosition>,
    ) -> Option<Ground> {
        let now = || ground(self.policy(), actor, holder, right);
        let Some(position) = position else { return now() };
        let before = |past: &Past| past.until.as_ref().map(|until| position.is_before(until));
        let start = self
            .past
            .iter()
            .rposition(|past| before(past) == Some(false))
            .map_or(0, |last| last.saturating_add(1));
        let end = self.past.iter().position(|past| before(past) == Some(true));
        let then = match end {
            Some(end) => self.past.get(start..=end),
            None => self.past.get(start..),
        };
        let then =
            then.unwrap_or_default().iter().map(|past| ground(past.policy.as_ref(), actor, holder, right));
        let now = end.is_none().then(now);
        then.chain(now).min().flatten()
    }
}

/// `None` comes before every ground, so that the least of several is none where one of them refuses.
fn ground(policy: Option<&Policy>, actor: &ActorId, holder: bool, right: Right) -> Option<Ground> {
    if holder {
        return Some(Ground::Holder);
    }
    let Some(policy) = policy else { return (right == Right::Deposit).then_some(Ground::Standing) };
    if policy.blocked.contains(actor) {
        None
    } else if policy.delegates.contains(actor) {
        Some(Ground::Delegate)
    } else if right == Right::Deposit && policy.depositors.contains(actor) {
        Some(Ground::Named)
    } else {
        (right == Right::Deposit && policy.standing == Standing::Attested).then_some(Ground::Standing)
    }
}

#[cfg(test)]
mod tests {
    use crate::id::VaultId;
    use crate::statement::Context;

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
            assert_eq!(ground(Some(&blocked), &DOCTOR, false, right), None);
            assert_eq!(ground(Some(&blocked), &DOCTOR, true, right), Some(Ground::Holder));
        }
    }

    #[test]
    fn without_a_policy_anybody_deposits_and_only_the_holder_rules() {
        assert_eq!(ground(None, &DOCTOR, false, Right::Deposit), Some(Ground::Standing));
        assert_eq!(ground(None, &DOCTOR, false, Right::Rule), None);
        let nobody = policy(Standing::Nobody, Vec::new(), Vec::new());
        assert_eq!(ground(Some(&nobody), &DOCTOR, false, Right::Deposit), None);
        let delegate = policy(Standing::Nobody, vec![DOCTOR], Vec::new());
        assert_eq!(ground(Some(&delegate), &DOCTOR, false, Right::Deposit), Some(Ground::Delegate));
        assert_eq!(ground(Some(&delegate), &DOCTOR, false, Right::Rule), Some(Ground::Delegate));
    }
}
