//! Runbook + leaver + what connectors say of their actions → an ordered plan with a content hash. Pure.
